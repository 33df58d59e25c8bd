// How the settings of a source and of its replica are told, kind by kind: as a table, as a diff of their normal forms, as
// JSON. The same lines are in `plan` and in `status BUCKET`. Pure.
#pragma once

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace s3dr::app {

// One kind. Words and texts as people read them; documents are in normal form, empty when not set.
struct SettingLine {
  std::string kind;    // "public_access_block"
  std::string name;    // "block of public access"
  std::string follow;  // "stricter"
  std::string why;     // the reason for `follow`
  // In a few words; empty: that side was not asked.
  std::string source, replica;
  std::string status;   // "in_sync", a word of dr/settings/settings_record.h
  std::string message;  // why it is so, and what could not be had; empty: nothing to say
  // The replica should have it and has not, or nobody knows: then `unknown`.
  bool differs = false;
  bool is_unknown = false;
  bool is_held = false;  // it waits for a person
  bool matters = true;   // one of the two sides has it set, or there is something to say
  std::string source_document, replica_document;
  std::string wanted_document;  // what the replica would get; of a held one: what `accept` lets through
  std::string held;             // its fingerprint, when it is held
};

struct SettingsView {
  std::string bucket, replica;
  std::string protection;          // its name, where there are several
  std::vector<SettingLine> lines;  // one a kind, in the order of the kinds
  std::string fence;               // "on", "off by the configuration", "proposed: …"; empty: not known
  bool fence_waits = false;        // proposed: a person has to ask for it
  std::optional<Instant> looked;   // when destination_bucket_check looked last
  Instant now{};
};

// kind · follow · source · replica · status, and below a row what there is to say of it. `all`: also the kinds that neither
// side has. `width`: of the terminal; 0: no limit.
std::string settings_as_table(const SettingsView& view, bool all, std::size_t width);
// The same without what the buckets have, for what a record tells: `status BUCKET`. Kinds that there is nothing to say of
// are named in one line.
std::string recorded_as_table(const SettingsView& view, std::size_t width);
// A unified diff for each kind whose documents differ, from the source's to the replica's; of a held one also what
// accepting would make of the replica. Empty: there is none.
std::string settings_as_diff(const SettingsView& view);
// Of one that is held: what accepting would make of the replica.
std::string held_diff(const SettingsView& view, const SettingLine& line);
boost::json::object json_of(const SettingsView& view, bool with_diff);

// "encryption, lifecycle (held), policy (left out): what this bucket has", one line for `plan` and `status`; empty: nothing.
std::string settings_summary(const SettingsView& view);
// What could not be had or waits, one sentence each: "notification: no mapping for arn:…".
std::vector<std::string> settings_not_had(const SettingsView& view);

// exit_differences: a kind differs, is held or was refused. exit_failed: none does, and of one nobody knows. Else exit_done.
int exit_code_of(const SettingsView& view);

}  // namespace s3dr::app
