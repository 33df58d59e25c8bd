#include "app/adopted_content.h"

#include <algorithm>

#include "app/output.h"
#include "transfer/version_stacks.h"

namespace s3dr::app {
namespace {

bool holds(const transfer::VersionStack& stack, const s3::ObjectVersion& version) {
  return std::ranges::any_of(stack.versions, [&](const s3::ObjectVersion& other) {
    return other.version_id == version.version_id && other.is_delete_marker == version.is_delete_marker;
  });
}

void count(const transfer::VersionStack& there, const std::optional<transfer::VersionStack>& here,
           AdoptedContent& content) {
  for (const s3::ObjectVersion& version : there.versions) {
    ++content.versions;
    if (here && here->key == there.key && holds(*here, version)) continue;
    ++content.extra;
    if (!content.first_extra) content.first_extra = there.key;
  }
}

}  // namespace

Task<AdoptedContent> look_at_adopted(World& world, s3::BucketName source, s3::BucketName replica,
                                     std::uint64_t versions_max) {
  AdoptedContent content;
  transfer::VersionStacks sources(world.source_objects(), source, "");
  transfer::VersionStacks replicas(world.replica_objects(), replica, "");
  std::uint64_t looked_at = 0;
  std::optional<transfer::VersionStack> there = co_await replicas.next();
  std::optional<transfer::VersionStack> here;
  if (there) here = co_await sources.next();
  while (there) {
    if (looked_at >= versions_max) {
      content.complete = false;
      co_return content;
    }
    if (here && here->key < there->key) {
      looked_at += here->versions.size();
      here = co_await sources.next();
      continue;
    }
    looked_at += there->versions.size();
    count(*there, here, content);
    there = co_await replicas.next();
  }
  co_return content;
}

std::string remains_text(const AdoptedContent& content, const s3::BucketName& source,
                         const s3::BucketName& replica) {
  const std::string least = content.complete ? "" : "at least ";
  if (content.extra == 0) {
    if (content.complete) return "";
    return replica.text() + " was not looked at to its end: it may hold versions that " + source.text() +
           " does not have";
  }
  return replica.text() + " holds " + least + format_count(content.extra) +
         (content.extra == 1 ? " version" : " versions") + " that " + source.text() +
         " does not have, the first of key " + s3::printable(*content.first_extra) +
         ". Copies made by hand are such versions, too. They stay, and verification finds them as extra. " +
         "`s3dr verify " + source.text() +
         "` names them; to clear them, delete each one: aws s3api delete-object --bucket " + replica.text() +
         " --key KEY --version-id ID. Or begin with an empty replica: s3dr protect " + source.text() +
         " --new-replica";
}

}  // namespace s3dr::app
