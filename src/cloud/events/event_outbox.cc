#include "cloud/events/event_outbox.h"

#include <algorithm>
#include <boost/json.hpp>

#include "aws/hash.h"
#include "base/encoding.h"
#include "base/utf8.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/row_counts.h"

namespace s3dr::cloud {
namespace {

namespace json = boost::json;

// Which account gets the event, and which account owns its bucket.
struct Recipient {
  s3::AccountId account;
  std::optional<s3::AccountId> owner;  // nullopt: no bucket here, or it is not told whose
  bool shared = false;                 // the other one is told as well
};

// A UUID made from the request's id. Random must not be used here: changes run on the writer's thread.
std::string event_id(const std::string& purpose, const Request& request, const ManagementEvent& event) {
  const std::string hex =
      aws::sha256_hex(purpose + "|" + request.request_id + "|" + request.host_id + "|" + event.event_name);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-8" + hex.substr(17, 3) +
         "-" + hex.substr(20, 12);
}

// "203.0.113.7:4711" → "203.0.113.7"
std::string without_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || address.find(':') != colon) return address;
  return address.substr(0, colon);
}

// Another account is told who called (account and principal id), but neither role nor key.
json::object user_identity(const Request& request, const Recipient& recipient) {
  const Caller& caller = request.caller;
  const std::string& account = caller.account.text();
  if (account.empty())  // nobody signed it
    return {{"type", "AWSAccount"}, {"principalId", ""}, {"accountId", "ANONYMOUS_PRINCIPAL"}};
  if (recipient.account != request.account)
    return {{"type", "AWSAccount"}, {"principalId", caller.user_id}, {"accountId", account}};
  json::object identity = {{"type", caller.role_name.empty() ? "Root" : "AssumedRole"},
                           {"principalId", caller.user_id},
                           {"arn", caller.arn},
                           {"accountId", account},
                           {"accessKeyId", caller.access_key_id}};
  if (!caller.role_name.empty()) {
    identity["sessionContext"] = {{"sessionIssuer",
                                   {{"type", "Role"},
                                    {"principalId", caller.role_id},
                                    {"arn", "arn:aws:iam::" + account + ":role/" + caller.role_name},
                                    {"accountId", account},
                                    {"userName", caller.role_name}}}};
  }
  return identity;
}

json::object detail_of(const RegionContext& region, const Request& request, const ManagementEvent& event,
                       const Recipient& recipient, const std::string& time) {
  json::object detail;
  detail["eventVersion"] = "1.11";
  detail["userIdentity"] = user_identity(request, recipient);
  detail["eventTime"] = time;
  detail["eventSource"] = "s3.amazonaws.com";
  detail["eventName"] = event.event_name;
  detail["awsRegion"] = region.options.region.text();
  detail["sourceIPAddress"] = without_port(request.source_address);
  detail["userAgent"] = "[" + std::string(whole_characters(as_utf8(request.user_agent), 512)) + "]";
  if (!event.error_code.empty()) {
    detail["errorCode"] = event.error_code;
    detail["errorMessage"] = event.error_message;
  }
  json::error_code malformed;
  json::value parameters = json::parse(event.request_parameters, malformed);
  if (!malformed) detail["requestParameters"] = std::move(parameters);
  detail["responseElements"] = nullptr;
  detail["additionalEventData"] = {{"SignatureVersion", "SigV4"},
                                   {"AuthenticationMethod", request.presigned ? "QueryString" : "AuthHeader"},
                                   {"x-amz-id-2", request.host_id}};
  detail["requestID"] = request.request_id;
  detail["eventID"] = event_id("event " + recipient.account.text(), request, event);
  if (recipient.shared) detail["sharedEventID"] = event_id("shared", request, event);
  detail["readOnly"] = false;
  if (!event.bucket.empty()) {
    json::object resource = {{"type", "AWS::S3::Bucket"}, {"ARN", "arn:aws:s3:::" + event.bucket}};
    if (recipient.owner) resource["accountId"] = recipient.owner->text();
    detail["resources"] = json::array{std::move(resource)};
  }
  detail["eventType"] = "AwsApiCall";
  detail["managementEvent"] = true;
  detail["recipientAccountId"] = recipient.account.text();
  detail["eventCategory"] = "Management";
  return detail;
}

// The fields that every event has; `resources` and `detail` are the caller's.
json::object envelope(const RegionContext& region, std::string id, std::string_view source,
                      std::string_view type, const s3::AccountId& account, const std::string& time) {
  return {{"version", "0"},
          {"id", std::move(id)},
          {"detail-type", type},
          {"source", source},
          {"account", account.text()},
          {"time", time},
          {"region", region.options.region.text()},
          {"resources", json::array()}};
}

std::string call_event(const RegionContext& region, const Request& request, const ManagementEvent& event,
                       const Recipient& recipient, Instant now) {
  const std::string time = to_iso8601_seconds(now);
  json::object result = envelope(region, event_id("envelope " + recipient.account.text(), request, event),
                                 "aws.s3", "AWS API Call via CloudTrail", recipient.account, time);
  result["detail"] = detail_of(region, request, event, recipient, time);
  return json::serialize(result);
}

json::array changed_keys(const TagChange& change) {
  json::array keys;
  for (const s3::Tag& tag : change.before) {
    if (std::ranges::find(change.after, tag) == change.after.end()) keys.emplace_back(tag.key);
  }
  for (const s3::Tag& tag : change.after) {
    if (s3::find_tag(change.before, tag.key) == nullptr) keys.emplace_back(tag.key);
  }
  return keys;
}

// Keeps the outbox within its limit: drops the oldest events
// and counts them (the EventBridge service logs the count).
void drop_oldest(Connection& db, std::size_t events_max) {
  const std::int64_t too_many = row_count(db, "event") - static_cast<std::int64_t>(events_max);
  if (too_many <= 0) return;
  db.prepare("DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?)").bind(too_many).run();
  db.prepare(
        "INSERT INTO counter VALUES ('events_dropped', ?) ON CONFLICT (name) DO UPDATE SET value = value + "
        "excluded.value")
      .bind(db.changed_rows())
      .run();
}

}  // namespace

void record_event(Connection& db, RegionContext& region, const Request& request,
                  const ManagementEvent& event) {
  const Instant now = region.clock.now();
  const auto bucket = find_bucket(db, event.bucket);
  const bool strange = bucket && bucket->account != request.account;
  const bool shared = strange && event.error_code.empty();
  std::optional<s3::AccountId> owner;
  if (bucket && (!strange || shared)) owner = bucket->account;
  const auto tell = [&](const s3::AccountId& account) {
    put_in_outbox(db, region, call_event(region, request, event, {account, owner, shared}, now), now);
  };
  if (!request.account.empty()) tell(request.account);
  if (shared) tell(*owner);
}

void record_tag_change(Connection& db, RegionContext& region, const Request& request,
                       const TagChange& change) {
  json::array keys = changed_keys(change);
  if (keys.empty()) return;
  const Instant now = region.clock.now();
  json::object tags;
  for (const s3::Tag& tag : change.after) tags[tag.key] = tag.value;
  const ManagementEvent about{"Tag Change on Resource", "", change.bucket, "", ""};
  json::object event = envelope(region, event_id("tag change", request, about), "aws.tag",
                                "Tag Change on Resource", change.owner, to_iso8601_seconds(now));
  event["resources"] = json::array{json::string("arn:aws:s3:::" + change.bucket)};
  // `version` grows with each change of the resource; no more than that is documented.
  event["detail"] = json::object{{"changed-tag-keys", std::move(keys)},
                                 {"service", "s3"},
                                 {"resource-type", "bucket"},
                                 {"version", now.time_since_epoch().count()},
                                 {"tags", std::move(tags)}};
  put_in_outbox(db, region, json::serialize(event), now);
}

void put_in_outbox(Connection& db, const RegionContext& region, const std::string& event, Instant now) {
  db.prepare("INSERT INTO event (body, due_ms) VALUES (?, ?)")
      .bind(event, now.time_since_epoch().count())
      .run();
  drop_oldest(db, region.options.events_max);
}

OutboxState outbox_state(RegionContext& region) {
  Connection& db = region.database.reader();
  auto row = db.prepare("SELECT value FROM counter WHERE name = 'events_dropped'");
  return {static_cast<std::uint64_t>(row_count(db, "event")),
          row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0};
}

}  // namespace s3dr::cloud
