#include "functions/observe_settings.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/task_group.h"
#include "dr/replica_policy.h"
#include "dr/settings/kinds/kinds.h"
#include "functions/observe.h"
#include "functions/sight.h"

namespace s3dr::functions {
namespace {

using dr::Observed;

Observed<std::string> normal(const dr::Setting& row, const std::optional<std::string>& answer, Instant at) {
  if (!answer) return Observed<std::string>::absent(at);
  dr::SettingDocument document;
  try {
    document = row.normal_form(*answer);
  } catch (const Error& error) {
    return Observed<std::string>::failed(ErrorKind::corrupt, error.what(), at);
  }
  return document ? Observed<std::string>::of(std::move(*document), at) : Observed<std::string>::absent(at);
}

Task<> look(Context context, ports::BucketStore& store, s3::BucketName bucket, const dr::Setting& row,
            Observed<std::string>& into, std::string* acl_owner = nullptr) {
  std::optional<std::string> answer;
  try {
    answer = co_await store.get_bucket_setting(std::move(bucket), row.kind);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    into = failure_of<std::string>(error, context.clock.now());
    co_return;
  }
  into = normal(row, answer, context.clock.now());
  if (acl_owner != nullptr && answer && into.is_known()) *acl_owner = dr::owner_in_acl(*answer);
}

// ACLs have an effect where a store has no ownership controls, too.
bool acls_have_effect(const dr::ObservedSetting& ownership) {
  const auto& replica = ownership.replica;
  return replica.is_unsupported() ||
         (replica.is_known() && (!replica.has_value() || !dr::enforces_owner(replica.value())));
}

// The refusal; "": the store took it.
Task<std::string> put(Context context, s3::BucketName bucket, dr::SettingWrite write) {
  try {
    if (dr::is_written_alone(write.kind)) {
      co_await context.destination.put_bucket_setting(std::move(bucket), write.kind,
                                                      std::move(write.document));
    } else {
      co_await context.destination.put_bucket_policy(std::move(bucket), write.document.value());
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    co_return error.what();
  }
  co_return "";
}

}  // namespace

Task<> observe_settings(Context context, dr::ObservedPair& pair) {
  std::vector<dr::ObservedSetting> kinds;
  for (const dr::Setting& row : dr::settings()) {
    kinds.push_back({row.kind, {}, {}});
  }
  std::vector<Task<>> reads;
  std::string acl_owner;
  for (dr::ObservedSetting& one : kinds) {
    const dr::Setting& row = dr::setting_of(one.kind);
    reads.push_back(look(context, context.source, pair.bucket, row, one.source));
    if (dr::is_written_alone(row.kind)) {
      reads.push_back(look(context, context.destination, pair.replica_bucket, row, one.replica,
                           row.kind == s3::SettingKind::acl ? &acl_owner : nullptr));
    } else if (!dr::wants_replica_policy(context.policy, pair.record.get())) {
      reads.push_back(look_at_replica_policy(context, pair));  // else it was read with the bucket
    }
  }
  TaskGroup group(co_await boost::asio::this_coro::executor);
  co_await group.run(std::move(reads));
  const auto ownership =
      std::ranges::find(kinds, s3::SettingKind::ownership_controls, &dr::ObservedSetting::kind);
  pair.settings.acl_owner = ownership != kinds.end() && acls_have_effect(*ownership) ? acl_owner : "";
  pair.settings.kinds = std::move(kinds);
}

Task<bool> put_settings(Context context, dr::Action action, dr::ObservedPair& pair) {
  bool any = false;
  for (const dr::SettingWrite& write : action.settings) {
    std::string refusal = co_await put(context, action.bucket, write);
    if (!refusal.empty()) {
      context.log.warning("a setting was refused, the rest goes on",
                          {{"bucket", action.bucket.text()},
                           {"setting", std::string(s3::to_string(write.kind))},
                           {"why", refusal}});
    }
    any = any || refusal.empty();
    pair.settings.tried[write.kind] = std::move(refusal);
  }
  co_return any;
}

}  // namespace s3dr::functions
