#include "sim/world/user.h"

#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "base/error.h"
#include "client/s3/body_source.h"
#include "client/s3/s3_call.h"
#include "dr/replication_rule.h"

namespace s3dr::sim {
namespace {

// Whether a write that ended so may have taken effect.
bool may_have_happened(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::outcome_unknown:
    case ErrorKind::unavailable:  // a 500 may come after the effect
    case ErrorKind::corrupt:
      return true;
    default:
      return false;
  }
}

}  // namespace

User::User(Cluster& cluster, std::uint64_t seed)
    : cluster_(cluster),
      random_(make_seeded_random(seed)),
      writer_(*cluster.user().source_client, cluster.account()) {}

Task<> User::make_bucket(s3::BucketName bucket) {
  co_await cluster_.user().source->create_bucket(bucket, {});
}

Task<> User::make_versioned(ports::BucketStore& store, s3::BucketName bucket) {
  co_await store.create_bucket(bucket, {});
  co_await store.put_bucket_versioning(bucket, s3::Versioning::enabled);
}

std::string User::some_key() {
  static const std::array<std::string, 10> keys = {
      "a", "b/c", "d//e", "./f", "../g", "100%25+x y", "\xc3\xa4\xe2\x82\xac", "trailing/", "z", "q?r&s=t#u"};
  return keys[random_->below(keys.size())];
}

std::string User::new_body() {
  std::string body = std::to_string(++operations_) + ":";
  const std::uint64_t length = random_->chance(0.1) ? random_->below(30'000) : random_->below(200);
  body.append(length, static_cast<char>('a' + operations_ % 26));
  return body;
}

client::PutOptions User::some_options() {
  client::PutOptions options;
  if (random_->chance(0.3)) options.system_metadata["content-type"] = "text/plain";
  if (random_->chance(0.3)) options.user_metadata["colour"] = "blue " + std::to_string(operations_);
  if (random_->chance(0.3)) options.tags = {{"class", std::to_string(random_->below(3))}};
  return options;
}

void User::note_put(const s3::BucketName& bucket, const std::string& key, const std::string& body,
                    const client::PutResult* result) {
  Book& book = books_[bucket.text()];
  if (result == nullptr) {
    ++unanswered_;
    book.unanswered.insert({key, body});
    return;
  }
  book.acknowledged[{key, result->version_id.text()}] = {body, false};
}

Task<> User::put(s3::BucketName bucket, std::string key) {
  std::string body = new_body();
  client::PutOptions options = some_options();
  std::optional<client::PutResult> result;
  bool maybe = false;
  try {
    result = co_await writer_.put_object(bucket, s3::ObjectKey(key), client::text_source(body), options);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    maybe = may_have_happened(error);
  }
  if (result || maybe) note_put(bucket, key, body, result ? &*result : nullptr);
}

Task<> User::upload(s3::BucketName bucket, std::string key) {
  std::string body = new_body();
  client::PutOptions options = some_options();
  std::optional<client::PutResult> result;
  bool maybe = false;
  try {
    const client::UploadId upload =
        co_await writer_.create_multipart_upload(bucket, s3::ObjectKey(key), options);
    client::BodySource source = client::text_source(body);
    const std::uint64_t length = source.length;
    std::vector<s3::CompletedPart> parts;
    parts.push_back(co_await writer_.upload_part(upload, 1, std::move(source), 0, length));
    maybe = true;
    result = co_await writer_.complete_multipart_upload(upload, parts);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  if (result || maybe) note_put(bucket, key, body, result ? &*result : nullptr);
}

Task<> User::remove(s3::BucketName bucket, std::string key) {
  Book& book = books_[bucket.text()];
  std::optional<client::RemovedObject> removed;
  bool maybe = false;
  try {
    removed = co_await writer_.delete_object(bucket, s3::ObjectKey(key));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    maybe = may_have_happened(error);
  }
  if (removed && removed->delete_marker) {
    book.acknowledged[{key, removed->version_id.text()}] = {"", true};
  } else if (removed) {
    book.acknowledged.erase({key, "null"});  // never versioned: gone for good
  } else if (maybe) {
    ++unanswered_;
    ++book.unanswered_markers[key];
    if (book.acknowledged.erase({key, "null"}) > 0) book.maybe_deleted.insert({key, "null"});
  }
}

Task<> User::remove_version(s3::BucketName bucket) {
  Book& book = books_[bucket.text()];
  if (book.acknowledged.empty()) co_return;
  auto chosen = std::next(book.acknowledged.begin(),
                          static_cast<std::ptrdiff_t>(random_->below(book.acknowledged.size())));
  // Removing a marker brings an object back on the source only: the replica keeps the marker, is rightly
  // called different, and no one but a person may change that.
  if (chosen->second.marker) co_return;
  const auto place = chosen->first;
  book.acknowledged.erase(chosen);
  book.maybe_deleted.insert(place);
  try {
    co_await writer_.delete_object(bucket, s3::ObjectKey(place.first), s3::VersionId(place.second));
    book.maybe_deleted.erase(place);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
}

Task<> User::retag(s3::BucketName bucket) {
  Book& book = books_[bucket.text()];
  if (book.acknowledged.empty()) co_return;
  const auto chosen = std::next(book.acknowledged.begin(),
                                static_cast<std::ptrdiff_t>(random_->below(book.acknowledged.size())));
  if (chosen->second.marker) co_return;
  const auto place = chosen->first;
  s3::TagSet tags = {{"round", std::to_string(++operations_)}};
  book.retagged[place] = Instant::max();
  try {
    co_await writer_.put_object_tagging(bucket, s3::ObjectKey(place.first), s3::VersionId(place.second),
                                        tags);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  book.retagged[place] = cluster_.clock().now();
}

Task<> User::do_something(s3::BucketName bucket) {
  const std::uint64_t choice = random_->below(100);
  if (choice < 55) {
    co_await put(bucket, some_key());
  } else if (choice < 65) {
    co_await upload(bucket, some_key());
  } else if (choice < 80) {
    co_await remove(bucket, some_key());
  } else if (choice < 90) {
    co_await remove_version(bucket);
  } else {
    co_await retag(bucket);
  }
}

Task<bool> User::try_to_tag(s3::BucketName bucket, bool tagged, std::size_t protection) {
  const s3::Tag tag = cluster_.protections()[protection].match_tags.front();
  const std::vector<std::string> keys{tag.key};
  const s3::TagSet tags{tag, {"team", "blue"}};
  try {
    if (!tagged) {
      co_await cluster_.user().source->untag_resource(bucket, keys);
    } else {
      co_await cluster_.user().source->tag_resource(bucket, tags);
    }
    co_return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  co_return false;
}

Task<> User::tag(s3::BucketName bucket, std::size_t protection) {
  while (!co_await try_to_tag(bucket, true, protection)) co_await cluster_.clock().sleep(milliseconds(500));
}

Task<> User::untag(s3::BucketName bucket, std::size_t protection) {
  while (!co_await try_to_tag(bucket, false, protection)) co_await cluster_.clock().sleep(milliseconds(500));
}

Task<std::string> User::put_foreign_rule(s3::BucketName bucket, s3::BucketName destination) {
  s3::ReplicationConfiguration configuration;
  configuration.role_arn = foreign_role_arn;
  s3::ReplicationRule rule;
  rule.id = foreign_rule_id;
  rule.priority = 1;
  rule.filter = s3::ReplicationFilter{"b/", {}};
  rule.delete_marker_replication = s3::Switch::disabled;
  rule.destination.bucket_arn = "arn:aws:s3:::" + destination.text();
  configuration.rules.push_back(rule);
  co_await cluster_.user().source->put_bucket_replication(bucket, configuration);
  co_return rule_text(replication_xml(cluster_.source(), bucket.text()), foreign_rule_id);
}

Task<bool> User::meddle(s3::BucketName bucket, Meddling how, std::size_t protection) {
  const std::string ours = dr::rule_id(cluster_.protections()[protection], bucket);
  try {
    auto configuration = co_await cluster_.user().source->get_bucket_replication(bucket);
    if (!configuration) co_return false;
    bool found = false;
    for (s3::ReplicationRule& rule : configuration->rules) {
      if (rule.id != ours) continue;
      found = true;
      if (how == Meddling::disable) rule.status = s3::Switch::disabled;
      if (how == Meddling::edit) rule.filter = s3::ReplicationFilter{"d/", {}};
    }
    if (!found) co_return false;
    if (how == Meddling::remove)
      std::erase_if(configuration->rules, [&](const s3::ReplicationRule& rule) { return rule.id == ours; });
    if (!configuration->rules.empty()) {
      co_await cluster_.user().source->put_bucket_replication(bucket, *configuration);
    } else {
      client::S3Call call;
      call.method = "DELETE";
      call.bucket = bucket;
      call.query = {{"replication", ""}};
      call.owner = cluster_.account();
      call.repeatable = Repeatable::always;
      co_await cluster_.user().source_client->require(std::move(call));
    }
    co_return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
  }
  co_return false;
}

std::string rule_text(const std::string& xml, const std::string& id) {
  std::size_t at = 0;
  while ((at = xml.find("<Rule>", at)) != std::string::npos) {
    const std::size_t end = xml.find("</Rule>", at);
    std::string text = xml.substr(at, end - at);
    if (text.find("<ID>" + id + "</ID>") != std::string::npos) return text;
    at = end;
  }
  return "";
}

}  // namespace s3dr::sim
