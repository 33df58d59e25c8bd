#include "cloud/replication/replica_message.h"

#include <boost/json.hpp>

#include "aws/arn.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::cloud {
namespace json = boost::json;
namespace {

Error broken() {
  return Error(ErrorKind::invalid, "not a replica message").with_code("InvalidRequest").with_status(400);
}

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) throw broken();
  return std::string(value->get_string());
}

std::int64_t integer_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) throw broken();
  return value->get_int64();
}

constexpr std::string_view account_header = "x-amz-s3dr-source-account";
constexpr std::string_view role_header = "x-amz-s3dr-replication-role";
constexpr std::string_view owner_header = "x-amz-s3dr-replica-owner";
constexpr std::string_view destination_owns = "destination";

}  // namespace

void add_sender(Headers& headers, const ReplicaSender& sender) {
  headers.add(std::string(account_header), sender.account.text());
  if (!sender.role_arn.empty()) headers.add(std::string(role_header), sender.role_arn);
  if (sender.hands_over_owner) headers.add(std::string(owner_header), std::string(destination_owns));
}

ReplicaSender read_sender(const Headers& headers) {
  ReplicaSender sender;
  const std::string account(headers.get_or(account_header, ""));
  if (!aws::is_account_id(account)) throw broken();
  sender.account = s3::AccountId::parse(account);
  sender.role_arn = std::string(headers.get_or(role_header, ""));
  sender.hands_over_owner = headers.get_or(owner_header, "") == destination_owns;
  return sender;
}

std::string write_replica_message(const VersionRow& row) {
  // Keys and metadata are bytes, JSON is UTF-8: base64 where bytes may stand.
  const json::object object = {
      {"key", to_base64(row.key.bytes())},
      {"version_id", row.version_id.text()},
      {"created_ms", row.created.time_since_epoch().count()},
      {"sequence", row.sequence},
      {"marker", row.is_marker ? 1 : 0},
      {"size", static_cast<std::int64_t>(row.size)},
      {"etag", row.etag},
      {"parts", row.parts},
      {"checksum_algorithm", row.checksum_algorithm},
      {"checksum_type", row.checksum_type},
      {"checksum_value", row.checksum_value},
      {"system_metadata", to_base64(row.system_metadata)},
      {"user_metadata", to_base64(row.user_metadata)},
      {"tags", s3::to_tagging_header(row.tags)},
      {"storage_class", row.storage_class},
  };
  return json::serialize(object) + "\n";
}

VersionRow parse_replica_message(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure || !value.is_object()) throw broken();
  const json::object& object = value.get_object();
  const auto bytes_at = [&](std::string_view name) {
    auto bytes = from_base64(text_at(object, name));
    if (!bytes) throw broken();
    return std::move(*bytes);
  };
  VersionRow row;
  row.key = s3::ObjectKey(bytes_at("key"));
  row.version_id = s3::VersionId(text_at(object, "version_id"));
  row.created = Instant(milliseconds(integer_at(object, "created_ms")));
  row.sequence = integer_at(object, "sequence");
  row.is_marker = integer_at(object, "marker") != 0;
  row.size = static_cast<std::uint64_t>(integer_at(object, "size"));
  row.etag = text_at(object, "etag");
  row.parts = text_at(object, "parts");
  row.checksum_algorithm = text_at(object, "checksum_algorithm");
  row.checksum_type = text_at(object, "checksum_type");
  row.checksum_value = text_at(object, "checksum_value");
  row.system_metadata = bytes_at("system_metadata");
  row.user_metadata = bytes_at("user_metadata");
  const auto tags = s3::parse_tagging_header(text_at(object, "tags"));
  if (!tags || row.key.empty() || row.version_id.empty()) throw broken();
  row.tags = *tags;
  row.storage_class = text_at(object, "storage_class");
  return row;
}

}  // namespace s3dr::cloud
