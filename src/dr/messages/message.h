// What one function tells the next: which bucket to look at. A message carries identity only, never facts.
// The receiver reads the world itself. So a lost, late, repeated or forged message can start a look and
// nothing else.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "dr/policy.h"
#include "s3/names.h"

namespace s3dr::dr {

enum class MessageKind {
  look,     // to source_bucket_check: an event or the sweep named this bucket
  ensure,   // to destination_bucket_check and enable_replication
  pause,    // to enable_replication: the tag was seen to be gone
  replica,  // to destination_bucket_check: an event named this bucket of the destination region
};
std::string_view to_string(MessageKind kind);

struct Message {
  MessageKind kind = MessageKind::look;
  s3::BucketName bucket;       // the source bucket; of kind replica: a bucket that may be a replica
  s3::Region region;           // the source's
  s3::AccountId account;       // the source's
  std::string correlation_id;  // ties the log lines of one journey together
  // The name of the protection. Left out of the text when it is "default": a function of the release before refuses
  // fields that it does not know.
  std::string protection{default_protection_name};
  // When an event says that a setting of the bucket was changed: settings that were looked at before then are looked at
  // again (dr/plan.h, asks_settings). Nothing else follows from it.
  std::optional<Instant> setting_changed = std::nullopt;
  bool operator==(const Message&) const = default;
};

constexpr std::int64_t message_format = 1;
constexpr std::size_t message_bytes_max = 4096;

std::string to_json(const Message& message);
// Raises invalid: over the size limit, not JSON, unknown version, kind or field, bad names.
Message parse_message(std::string_view json);

Message message_for(const Policy& policy, MessageKind kind, const s3::BucketName& bucket,
                    std::string correlation_id);

// `newer` in the place of `older`, of the same bucket, without forgetting what that one asks for.
Message merged(Message newer, const Message& older);

}  // namespace s3dr::dr
