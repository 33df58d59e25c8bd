#include "app/status/settings_view.h"
#include "dr/settings/kinds/kinds.h"

#include <optional>
#include <string>

namespace s3dr::app {
namespace {

using Sight = dr::SettingSeen::Sight;

dr::SettingContext context_of(const dr::Policy& policy, const dr::Record& record,
                              const std::string& acl_owner) {
  const auto side = [](const dr::BucketIdentity& identity) {
    return dr::SettingSide{identity.account, identity.region, identity.bucket};
  };
  return {policy.settings,
          policy.partition,
          side(record.source),
          side(record.replica),
          policy.replication_role_arn,
          acl_owner};
}

// "AES256, bucket key", "not set", "not known: AccessDenied".
std::string summary_of(const dr::Setting& row, const dr::SettingSeen& seen) {
  switch (seen.sight) {
    case Sight::known:
      return seen.document ? row.summary(seen.document) : "not set";
    case Sight::unsupported:
      return "the store has none";
    case Sight::unknown:
      break;
  }
  return seen.why.empty() ? "not known" : "not known: " + seen.why;
}

std::string shown_document(const dr::SettingSeen& seen) {
  return seen.document.value_or("");
}

// What destination_bucket_check will do with its next look.
std::string next_message(const dr::SettingDecision& decision) {
  std::string text = decision.next.message;
  if (!decision.writes) return text;
  const std::string soon = decision.document ? "the next look writes it" : "the next look removes it";
  return text.empty() ? soon : text + "; " + soon;
}

SettingLine line_of(const dr::Setting& row, const dr::SettingsPolicy& policy) {
  SettingLine line;
  line.kind = std::string(s3::to_string(row.kind));
  line.name = std::string(row.name);
  line.follow = std::string(dr::to_string(dr::follow_of(policy, row)));
  line.why = std::string(row.why);
  return line;
}

void judge(SettingLine& line, const dr::Record& record, dr::SettingStatus status, bool writes) {
  line.status = std::string(dr::to_string(status));
  if (writes) line.status = "to_be_written";
  line.is_unknown = status == dr::SettingStatus::unknown && !writes;
  line.is_held = status == dr::SettingStatus::held;
  if (line.is_held) line.next = "s3dr settings accept " + record.source.bucket.text() + " " + line.kind;
  line.differs = writes || (!dr::is_healthy(status) && !line.is_unknown);
}

SettingLine seen_line(const dr::Policy& policy, const dr::Record& record, const dr::SettingContext& context,
                      const dr::Setting& row, const SeenSetting& seen, Instant now) {
  SettingLine line = line_of(row, policy.settings);
  dr::SettingQuestion question{row, context, seen.source, seen.replica};
  question.known = dr::find_setting(record.settings, row.kind);
  question.is_fresh = dr::is_first_copy(record, question.known);
  question.now = now;
  const dr::SettingDecision decision = dr::settle(question);
  const bool was_refused =
      decision.writes && question.known != nullptr && question.known->status == dr::SettingStatus::refused;
  judge(line, record, was_refused ? dr::SettingStatus::refused : decision.next.status,
        decision.writes && !was_refused);
  // Of what is in step the message says what it is: that stands in the columns.
  const bool is_quiet = decision.next.status == dr::SettingStatus::in_sync && !decision.writes;
  if (!is_quiet) line.message = next_message(decision);
  if (was_refused) line.message = question.known->message + "; tried again with the next look";
  if (line.is_held) line.held = decision.next.held.value_or("");
  line.source = summary_of(row, seen.source);
  line.replica = summary_of(row, seen.replica);
  line.source_document = shown_document(seen.source);
  line.replica_document = shown_document(seen.replica);
  if (seen.source.sight == Sight::known)
    line.wanted_document = row.transform(context, seen.source.document).document.value_or("");
  line.matters = seen.source.document || seen.replica.document || line.differs || line.is_unknown ||
                 !line.message.empty();
  return line;
}

void add_fence(SettingsView& view, const dr::Policy& policy, const dr::Record& record) {
  if (!policy.settings.harden) {
    view.fence = "off: harden is false in the configuration";
  } else if (record.fence) {
    view.fence = "on: only replication, and the roles that the configuration exempts, write to the replica";
  } else if (!record.replica.bucket.empty()) {
    view.fence = "proposed, not applied: the replica was there before, or was adopted";
    view.fence_waits = true;
    view.fence_next = "s3dr settings accept " + record.source.bucket.text() + " fence";
  }
}

SettingsView begun(const dr::Policy& policy, const dr::Record& record, Instant now) {
  SettingsView view;
  view.bucket = record.source.bucket.text();
  view.replica = record.replica.bucket.empty() ? "" : record.replica.bucket.text();
  view.looked = record.settings.checked;
  view.now = now;
  add_fence(view, policy, record);
  return view;
}

}  // namespace

SettingsView settings_view(const dr::Policy& policy, const dr::Record& record, const SeenSettings& seen,
                           Instant now) {
  SettingsView view = begun(policy, record, now);
  const dr::SettingContext context = context_of(policy, record, seen.acl_owner);
  for (const dr::Setting& row : dr::settings()) {
    const auto found = seen.kinds.find(row.kind);
    view.lines.push_back(seen_line(policy, record, context, row,
                                   found == seen.kinds.end() ? SeenSetting() : found->second, now));
  }
  return view;
}

SettingsView recorded_settings(const dr::Policy& policy, const dr::Record& record, Instant now) {
  SettingsView view = begun(policy, record, now);
  for (const dr::SettingRecord& known : record.settings.kinds) {
    SettingLine line;
    if (const auto kind = s3::parse_setting_kind(known.word)) {
      line = line_of(dr::setting_of(*kind), policy.settings);
    } else {
      line.kind = known.word;
    }
    judge(line, record, known.status, false);
    const bool is_in_sync = known.status == dr::SettingStatus::in_sync;
    if (!is_in_sync) line.message = known.message;
    line.matters = line.differs || line.is_unknown || !line.message.empty() || known.later ||
                   (known.written && !known.written->empty());
    view.lines.push_back(std::move(line));
  }
  return view;
}

}  // namespace s3dr::app
