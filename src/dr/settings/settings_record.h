// What the record of a protection (dr/record.h) keeps of its replica's settings: one entry a kind, and what waits for a
// failover. Fingerprints tell whether a document is still the one that was decided on; "" stands for "not set".
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "dr/settings/setting.h"

namespace s3dr::dr {

enum class SettingStatus {
  in_sync,
  held,         // what the source asks for is weaker: it waits for `s3dr settings accept`
  by_hand,      // a person changed it at the replica, and that is kept
  on_failover,  // kept for then: SettingRecord::later
  warned,       // different; nothing is written, as asked for
  ignored,
  left_out,  // cannot be had over there, for the reason in the message
  refused,   // the replica's store refused it; tried again at the next look
  unknown,   // a side was not seen
};
std::string_view to_string(SettingStatus status);  // "in_sync"
std::optional<SettingStatus> parse_setting_status(std::string_view word);
// Nobody has to care about it. `unknown` is not healthy.
bool is_healthy(SettingStatus status);

using SettingPrint = std::optional<std::string>;  // a fingerprint; nullopt: there is none to tell

// What was decided about one kind when it was looked at last.
struct SettingRecord {
  std::string word;  // of the kind, or of one that only a newer program knows
  SettingStatus status = SettingStatus::unknown;
  std::string message;    // for people, at most setting_message_bytes_max; may be empty
  SettingPrint written;   // what the source asked for, and the replica was seen to have; nullopt: never yet
  SettingPrint held;      // what the source asks for and the replica does not get, unless a person accepts it
  SettingPrint accepted;  // the `held` that a person let through (accept_held)
  SettingPrint first;  // of follow `stricter`: what the source had at the first look, weaker than the replica
  std::optional<std::string> later;  // the whole document that waits for a failover
  Instant since{};                   // when it came to this status
  std::string unknown;               // fields of a newer program, as a JSON object: kept
  bool operator==(const SettingRecord&) const = default;
};

struct SettingsRecord {
  std::vector<SettingRecord> kinds;  // in the order of the kinds, those of a newer program last
  std::optional<Instant> checked;    // when all of them were looked at last; nullopt: never
  std::string unknown;               // fields of a newer program, as a JSON object: kept
  bool empty() const { return kinds.empty() && !checked && unknown.empty(); }
  bool operator==(const SettingsRecord&) const = default;
};
constexpr std::size_t setting_kinds_max = 64;
constexpr std::size_t setting_message_bytes_max = 512;
constexpr std::size_t setting_later_bytes_max = 64 * 1024;  // of all kinds together

const SettingRecord* find_setting(const SettingsRecord& record, s3::SettingKind kind);

// 16 hex digits for the normal form of a document; "" when it is not set.
std::string setting_print(const SettingDocument& document);

// A person lets through what is held of this kind; nullopt: of every kind. False: nothing was held, nothing changed.
// Only what is held now: another document that the source has meanwhile is held again.
bool accept_held(SettingsRecord& record, std::optional<s3::SettingKind> kind);

boost::json::value settings_json(const SettingsRecord& record);
SettingsRecord parse_settings_record(const boost::json::value& value);  // raises corrupt

}  // namespace s3dr::dr
