#include "dr/messages/message.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "aws/json_fields.h"
#include "base/encoding.h"
#include "base/error.h"
#include "dr/protections.h"

namespace s3dr::dr {
namespace {

using aws::JsonFields;

constexpr std::size_t correlation_id_length_max = 128;

std::optional<MessageKind> parse_kind(std::string_view text) {
  for (const MessageKind kind :
       {MessageKind::look, MessageKind::ensure, MessageKind::pause, MessageKind::replica}) {
    if (text == to_string(kind)) return kind;
  }
  return std::nullopt;
}

// It goes into log lines.
bool is_plain(std::string_view text) {
  return text.size() <= correlation_id_length_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string_view to_string(MessageKind kind) {
  switch (kind) {
    case MessageKind::look:
      return "look";
    case MessageKind::ensure:
      return "ensure";
    case MessageKind::pause:
      return "pause";
    case MessageKind::replica:
      return "replica";
  }
  return "look";
}

std::string to_json(const Message& message) {
  boost::json::object object = {{"v", message_format},
                                {"kind", to_string(message.kind)},
                                {"bucket", message.bucket.text()},
                                {"region", message.region.text()},
                                {"account", message.account.text()},
                                {"correlation_id", message.correlation_id}};
  if (message.protection != default_protection_name) object["protection"] = message.protection;
  if (message.setting_changed) object["setting_changed"] = to_iso8601(*message.setting_changed);
  return boost::json::serialize(object);
}

Message parse_message(std::string_view json) {
  if (json.size() > message_bytes_max) {
    throw Error(ErrorKind::invalid, "message: longer than " + std::to_string(message_bytes_max) + " bytes");
  }
  boost::json::error_code failure;
  const boost::json::value value = boost::json::parse(json, failure);
  if (failure) throw Error(ErrorKind::invalid, "message: not JSON: " + failure.message());
  JsonFields fields(value, "message", ErrorKind::invalid);
  if (fields.integer("v") != message_format) fields.fail("unknown version");
  Message message;
  message.kind = fields.parsed("kind", parse_kind);
  message.bucket = fields.named<s3::BucketName>("bucket");
  message.region = fields.named<s3::Region>("region");
  message.account = fields.named<s3::AccountId>("account");
  message.correlation_id = fields.text("correlation_id");
  if (!is_plain(message.correlation_id)) fields.fail("field correlation_id is too long or not plain text");
  if (fields.optional("protection") != nullptr) {
    message.protection = fields.text("protection");
    if (!is_protection_name(message.protection)) fields.fail("field protection is no name of a protection");
  }
  message.setting_changed = fields.optional_instant("setting_changed");
  fields.refuse_unknown();
  return message;
}

Message message_for(const Policy& policy, MessageKind kind, const s3::BucketName& bucket,
                    std::string correlation_id) {
  if (!is_plain(correlation_id)) correlation_id = "-";
  return {kind,
          bucket,
          policy.source_region,
          policy.source_account,
          std::move(correlation_id),
          policy.protection_name,
          std::nullopt};
}

Message merged(Message newer, const Message& older) {
  newer.setting_changed = std::max(newer.setting_changed, older.setting_changed);
  return newer;
}

}  // namespace s3dr::dr
