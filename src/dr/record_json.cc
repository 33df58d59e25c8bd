// The codec of dr/record.h. Equal records are equal bytes. Fields that a newer program has written are kept.
#include <boost/json.hpp>

#include "aws/json_fields.h"
#include "base/encoding.h"
#include "base/error.h"
#include "dr/record.h"

namespace s3dr::dr {
namespace {

using aws::JsonFields;
using aws::optional_instant;
using aws::with_unknown;
namespace json = boost::json;

template <class Enum, std::size_t N>
struct EnumNames {
  std::pair<Enum, std::string_view> names[N];
  std::string_view name(Enum value) const {
    for (const auto& [candidate, text] : names) {
      if (candidate == value) return text;
    }
    return names[0].second;
  }
  std::optional<Enum> value(std::string_view text) const {
    for (const auto& [candidate, name_text] : names) {
      if (name_text == text) return candidate;
    }
    return std::nullopt;
  }
};

constexpr EnumNames<Claim, 4> claims{{{Claim::none, "none"},
                                      {Claim::intended, "intended"},
                                      {Claim::established, "established"},
                                      {Claim::lost, "lost"}}};
constexpr EnumNames<RuleState, 4> rule_states{{{RuleState::none, "none"},
                                               {RuleState::enabling, "enabling"},
                                               {RuleState::live, "live"},
                                               {RuleState::disabled, "disabled"}}};
constexpr EnumNames<BackfillStatus, 5> backfill_states{{{BackfillStatus::planned, "planned"},
                                                        {BackfillStatus::running, "running"},
                                                        {BackfillStatus::complete, "complete"},
                                                        {BackfillStatus::exhausted, "exhausted"},
                                                        {BackfillStatus::unavailable, "unavailable"}}};
constexpr EnumNames<InstructionKind, 2> instruction_kinds{
    {{InstructionKind::adopt, "adopt"}, {InstructionKind::new_replica, "new_replica"}}};
constexpr EnumNames<s3::ReplicationStatus, 5> statuses{{{s3::ReplicationStatus::none, "NONE"},
                                                        {s3::ReplicationStatus::pending, "PENDING"},
                                                        {s3::ReplicationStatus::completed, "COMPLETED"},
                                                        {s3::ReplicationStatus::failed, "FAILED"},
                                                        {s3::ReplicationStatus::replica, "REPLICA"}}};

template <class Names>
auto parser_of(const Names& names) {
  return [&names](std::string_view text) { return names.value(text); };
}

json::object identity_json(const BucketIdentity& identity) {
  return with_unknown({{"account", identity.account.text()},
                       {"region", identity.region.text()},
                       {"bucket", identity.bucket.text()}},
                      identity.unknown);
}

BucketIdentity read_identity(JsonFields fields) {
  BucketIdentity identity{fields.named<s3::AccountId>("account"), fields.named<s3::Region>("region"),
                          fields.named<s3::BucketName>("bucket")};
  identity.unknown = fields.unknown();
  return identity;
}

json::object inputs_json(const s3::CreateReplicationJob& job) {
  json::array status_names;
  for (const s3::ReplicationStatus status : job.statuses) status_names.emplace_back(statuses.name(status));
  return {{"account", job.account.text()},
          {"client_request_token", job.client_request_token},
          {"description", job.description},
          {"role_arn", job.role_arn},
          {"priority", job.priority},
          {"source_bucket", job.source_bucket.text()},
          {"report_bucket", job.report_bucket.text()},
          {"report_prefix", job.report_prefix},
          {"manifest_prefix", job.manifest_prefix},
          {"created_before", optional_instant(job.created_before)},
          {"statuses", std::move(status_names)}};
}

s3::CreateReplicationJob read_inputs(JsonFields fields) {
  s3::CreateReplicationJob job;
  job.account = fields.named<s3::AccountId>("account");
  job.client_request_token = fields.text("client_request_token");
  job.description = fields.text("description");
  job.role_arn = fields.text("role_arn");
  job.priority = fields.integer_from("priority", 0);
  job.source_bucket = fields.named<s3::BucketName>("source_bucket");
  job.report_bucket = fields.named<s3::BucketName>("report_bucket");
  job.report_prefix = fields.text("report_prefix");
  job.manifest_prefix = fields.text("manifest_prefix");
  job.created_before = fields.optional_instant("created_before");
  for (const json::value& item : fields.array("statuses")) {
    const json::string* text = item.if_string();
    const auto status = text == nullptr ? std::nullopt : statuses.value(std::string_view(*text));
    if (!status) fields.fail("field statuses has an unknown value");
    job.statuses.push_back(*status);
  }
  fields.refuse_unknown();
  return job;
}

json::value backfill_json(const std::optional<Backfill>& backfill) {
  if (!backfill) return nullptr;
  json::object object{{"generation", backfill->generation},
                      {"attempt", backfill->attempt},
                      {"status", backfill_states.name(backfill->status)},
                      {"inputs", inputs_json(backfill->inputs)},
                      {"job_id", backfill->job_id},
                      {"job_created", optional_instant(backfill->job_created)},
                      {"not_before", optional_instant(backfill->not_before)},
                      {"waiting_since", optional_instant(backfill->waiting_since)},
                      {"tasks_total", static_cast<std::int64_t>(backfill->tasks_total)},
                      {"tasks_succeeded", static_cast<std::int64_t>(backfill->tasks_succeeded)},
                      {"tasks_failed", static_cast<std::int64_t>(backfill->tasks_failed)},
                      {"tasks_failed_elsewhere", static_cast<std::int64_t>(backfill->tasks_failed_elsewhere)},
                      {"not_replicable", static_cast<std::int64_t>(backfill->not_replicable)},
                      {"more_not_replicable", backfill->more_not_replicable},
                      {"last_failure", backfill->last_failure}};
  return with_unknown(std::move(object), backfill->unknown);
}

Backfill read_backfill(JsonFields fields) {
  Backfill backfill;
  backfill.generation = fields.integer_from("generation", 1);
  backfill.attempt = fields.integer_from("attempt", 1);
  backfill.status = fields.parsed("status", parser_of(backfill_states));
  backfill.inputs = read_inputs(fields.object("inputs"));
  backfill.job_id = fields.text("job_id");
  backfill.job_created = fields.optional_instant("job_created");
  backfill.not_before = fields.optional_instant("not_before");
  backfill.tasks_total = fields.count("tasks_total");
  backfill.tasks_succeeded = fields.count("tasks_succeeded");
  backfill.tasks_failed = fields.count("tasks_failed");
  backfill.waiting_since = fields.optional_instant("waiting_since");
  if (fields.optional("tasks_failed_elsewhere") != nullptr)
    backfill.tasks_failed_elsewhere = fields.count("tasks_failed_elsewhere");
  if (fields.optional("not_replicable") != nullptr) backfill.not_replicable = fields.count("not_replicable");
  if (fields.optional("more_not_replicable") != nullptr)
    backfill.more_not_replicable = fields.boolean("more_not_replicable");
  backfill.last_failure = fields.text("last_failure");
  backfill.unknown = fields.unknown();
  return backfill;
}

json::value verification_json(const std::optional<Verification>& run) {
  if (!run) return nullptr;
  json::object object{{"as_of", to_iso8601(run->as_of)},
                      {"at", to_iso8601(run->at)},
                      {"level", to_string(run->level)},
                      {"generation", run->generation},
                      {"versions", static_cast<std::int64_t>(run->versions)},
                      {"delete_markers", static_cast<std::int64_t>(run->delete_markers)},
                      {"bytes", static_cast<std::int64_t>(run->bytes)},
                      {"arriving", static_cast<std::int64_t>(run->arriving)},
                      {"purged_at_source", static_cast<std::int64_t>(run->purged_at_source)},
                      {"differences", static_cast<std::int64_t>(run->differences)}};
  if (!run->prefix.empty()) object["prefix"] = run->prefix;
  return with_unknown(std::move(object), run->unknown);
}

std::optional<Verification> read_verification(JsonFields& record, std::string_view name) {
  if (record.optional(name) == nullptr) return std::nullopt;
  JsonFields fields = record.object(name);
  Verification run;
  run.as_of = fields.instant("as_of");
  run.at = fields.instant("at");
  run.level = fields.parsed("level", parse_verify_level);
  run.generation = fields.integer_from("generation", 0);
  run.versions = fields.count("versions");
  run.delete_markers = fields.count("delete_markers");
  run.bytes = fields.count("bytes");
  run.arriving = fields.count("arriving");
  run.purged_at_source = fields.count("purged_at_source");
  run.differences = fields.count("differences");
  if (fields.optional("prefix") != nullptr) run.prefix = fields.text("prefix");
  run.unknown = fields.unknown();
  return run;
}

// Keys are bytes: they are percent-encoded.
template <class Version>
json::array versions_json(const std::vector<Version>& versions) {
  json::array result;
  for (const Version& version : versions) {
    json::object item{{"key", uri_encode(version.key.bytes())}, {"version_id", version.version_id.text()}};
    if constexpr (std::is_same_v<Version, SeenVersion>) item["created"] = to_iso8601(version.created);
    result.push_back(std::move(item));
  }
  return result;
}

template <class Version>
std::vector<Version> read_versions(JsonFields& record, const std::string& name, std::size_t count_max) {
  std::vector<Version> result;
  if (record.optional(name) == nullptr) return result;
  for (const json::value& item : record.array(name)) {
    JsonFields fields(item, "record." + name, ErrorKind::corrupt);
    const auto key = uri_decode(fields.text("key"));
    if (!key) fields.fail("field key has a broken escape");
    Version version{s3::ObjectKey(*key), s3::VersionId(fields.text("version_id"))};
    if constexpr (std::is_same_v<Version, SeenVersion>) version.created = fields.instant("created");
    result.push_back(std::move(version));
  }
  if (result.size() > count_max) record.fail(name + " is too long");
  return result;
}

json::value collapse_json(const std::optional<Collapse>& collapse) {
  if (!collapse) return nullptr;
  return with_unknown({{"before", static_cast<std::int64_t>(collapse->before)},
                       {"after", static_cast<std::int64_t>(collapse->after)},
                       {"at", to_iso8601(collapse->at)}},
                      collapse->unknown);
}

std::optional<Collapse> read_collapse(JsonFields& record) {
  if (record.optional("collapse") == nullptr) return std::nullopt;
  JsonFields fields = record.object("collapse");
  Collapse collapse;
  collapse.before = fields.count("before");
  collapse.after = fields.count("after");
  collapse.at = fields.instant("at");
  collapse.unknown = fields.unknown();
  return collapse;
}

json::value instruction_json(const std::optional<Instruction>& instruction) {
  if (!instruction) return nullptr;
  return json::object{{"kind", instruction_kinds.name(instruction->kind)},
                      {"bucket", instruction->bucket.text()},
                      {"at", to_iso8601(instruction->at)}};
}

Instruction read_instruction(JsonFields fields) {
  Instruction instruction;
  instruction.kind = fields.parsed("kind", parser_of(instruction_kinds));
  const std::string bucket = fields.text("bucket");
  if (instruction.kind == InstructionKind::adopt) {
    instruction.bucket = fields.named<s3::BucketName>("bucket");
  } else if (!bucket.empty()) {
    fields.fail("a new replica takes a name of the program's choice");
  }
  instruction.at = fields.instant("at");
  fields.refuse_unknown();
  return instruction;
}

State read_stored_state(JsonFields& fields) {
  const State state = fields.parsed("state", parse_state);
  if (state == State::unprotected || state == State::unsupported || state == State::unknown) {
    fields.fail("state " + std::string(to_string(state)) + " is never stored");
  }
  return state;
}

json::object rule_json(const RuleRecord& rule) {
  json::object object{{"id", rule.id},
                      {"generation", rule.generation},
                      {"state", rule_states.name(rule.state)},
                      {"replaces", rule.replaces}};
  if (rule.desired) {
    object["desired"] = with_unknown({{"version", rule.desired->version},
                                      {"rule", rule.desired->rule},
                                      {"selects", rule.desired->selects}},
                                     rule.desired->unknown);
  }
  if (rule.by_status != 0) object["by_status"] = rule.by_status;
  return with_unknown(std::move(object), rule.unknown);
}

DesiredRule read_desired(JsonFields fields) {
  DesiredRule desired;
  desired.version = fields.integer_from("version", 1);
  desired.rule = fields.text("rule");
  desired.selects = fields.text("selects");
  desired.unknown = fields.unknown();
  return desired;
}

RuleRecord read_rule(JsonFields fields) {
  RuleRecord rule;
  rule.id = fields.text("id");
  rule.generation = fields.integer_from("generation", 0);
  rule.state = fields.parsed("state", parser_of(rule_states));
  rule.replaces = fields.text("replaces");
  if (fields.optional("desired") != nullptr) rule.desired = read_desired(fields.object("desired"));
  if (fields.optional("by_status") != nullptr) rule.by_status = fields.integer_from("by_status", 0);
  rule.unknown = fields.unknown();
  return rule;
}

std::vector<Transition> read_history(JsonFields& record) {
  std::vector<Transition> history;
  for (const json::value& item : record.array("history")) {
    JsonFields fields(item, "record.history", ErrorKind::corrupt);
    Transition transition;
    transition.at = fields.instant("at");
    transition.state = read_stored_state(fields);
    transition.reason = fields.text("reason");
    transition.unknown = fields.unknown();
    history.push_back(std::move(transition));
  }
  if (history.size() > history_max) record.fail("history is too long");
  return history;
}

json::array marks_json(const std::vector<ConditionMark>& marks) {
  json::array result;
  for (const ConditionMark& mark : marks) {
    result.push_back(with_unknown(
        {{"type", mark.type}, {"status", to_string(mark.status)}, {"since", optional_instant(mark.since)}},
        mark.unknown));
  }
  return result;
}

std::vector<ConditionMark> read_marks(JsonFields& record) {
  std::vector<ConditionMark> result;
  if (record.optional("conditions") == nullptr) return result;
  for (const json::value& item : record.array("conditions")) {
    JsonFields fields(item, "record.conditions", ErrorKind::corrupt);
    ConditionMark mark;
    mark.type = fields.text("type");
    mark.status = fields.parsed("status", parse_truth);
    mark.since = fields.optional_instant("since");
    mark.unknown = fields.unknown();
    result.push_back(std::move(mark));
  }
  if (result.size() > condition_marks_max) record.fail("conditions is too long");
  return result;
}

json::array obstructions_json(const std::vector<Obstruction>& obstructions) {
  json::array result;
  for (const Obstruction& one : obstructions) {
    result.push_back(with_unknown({{"function", one.function},
                                   {"reason", one.reason},
                                   {"why", one.why},
                                   {"since", to_iso8601(one.since)}},
                                  one.unknown));
  }
  return result;
}

std::vector<Obstruction> read_obstructions(JsonFields& record) {
  std::vector<Obstruction> result;
  if (record.optional("obstructions") == nullptr) return result;
  for (const json::value& item : record.array("obstructions")) {
    JsonFields fields(item, "record.obstructions", ErrorKind::corrupt);
    Obstruction one;
    one.function = fields.text("function");
    one.reason = fields.text("reason");
    one.why = fields.text("why");
    one.since = fields.instant("since");
    one.unknown = fields.unknown();
    result.push_back(std::move(one));
  }
  if (result.size() > obstructions_max) record.fail("obstructions is too long");
  return result;
}

}  // namespace

std::string to_json(const Record& record) {
  json::array history;
  for (const Transition& transition : record.history) {
    history.push_back(with_unknown({{"at", to_iso8601(transition.at)},
                                    {"state", to_string(transition.state)},
                                    {"reason", transition.reason}},
                                   transition.unknown));
  }
  json::object object = {{"format", record_format},
                         {"min_writer", record.min_writer},
                         {"protection", record.protection},
                         {"nonce", record.nonce},
                         {"source", identity_json(record.source)},
                         {"replica", identity_json(record.replica)},
                         {"claim", claims.name(record.claim)},
                         {"replica_ordinal", record.replica_ordinal},
                         {"rule", rule_json(record.rule)},
                         {"backfill", backfill_json(record.backfill)},
                         {"state", to_string(record.state)},
                         {"reason", record.reason},
                         {"created", to_iso8601(record.created)},
                         {"changed", to_iso8601(record.changed)},
                         {"first_versioned", optional_instant(record.first_versioned)},
                         {"verified", verification_json(record.verified)},
                         {"last_difference", verification_json(record.last_difference)},
                         {"last_copies", versions_json(record.last_copies)},
                         {"seen_versions", versions_json(record.seen_versions)},
                         {"collapse", collapse_json(record.collapse)},
                         {"replication_edits", json_of(record.edits)},
                         {"instruction", instruction_json(record.instruction)},
                         {"conditions", marks_json(record.conditions)},
                         {"obstructions", obstructions_json(record.obstructions)},
                         {"epoch", record.epoch},
                         {"active_side", record.active_side},
                         {"history", std::move(history)}};
  if (!record.settings.empty()) object["settings"] = settings_json(record.settings);
  for (const auto& [name, flag] : {std::pair{"new_replica", record.is_replica_new}, {"fence", record.fence}})
    if (flag) object[name] = true;  // so a record of before stays as it is
  return json::serialize(with_unknown(std::move(object), record.unknown));
}

namespace {

Error too_new(const std::string& what) {
  return Error(ErrorKind::unsupported, "record: " + what)
      .with_advice("Use the newer version of s3dr; an older one must not change this record.");
}

Record read_fields(JsonFields fields, std::int64_t format);

}  // namespace

Record parse_record(std::string_view text) {
  if (text.size() > record_bytes_max) {
    throw Error(ErrorKind::corrupt, "record: longer than " + std::to_string(record_bytes_max) + " bytes");
  }
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure) throw Error(ErrorKind::corrupt, "record: not JSON: " + failure.message());
  JsonFields fields(value, "record", ErrorKind::corrupt);
  const std::int64_t format = fields.integer("format");
  if (format > record_format) {
    throw too_new("format " + std::to_string(format) +
                  " was written by a newer s3dr; this one knows format " + std::to_string(record_format));
  }
  if (format < 1) fields.fail("unknown format " + std::to_string(format));
  const std::int64_t min_writer = format == 1 ? 1 : fields.integer_from("min_writer", 1);
  try {
    return read_fields(std::move(fields), format);
  } catch (const Error& error) {
    // A newer program may write words that this one does not know. Then the record is unsupported, not
    // corrupt.
    if (min_writer > writer_version) throw too_new(error.message());
    throw;
  }
}

namespace {

Record read_fields(JsonFields fields, std::int64_t format) {
  Record record;
  if (format > 1)
    record.min_writer = fields.integer_from("min_writer", 1);  // format 1 is lifted by the next write
  record.protection = fields.text("protection");
  record.nonce = fields.text("nonce");
  record.source = read_identity(fields.object("source"));
  record.replica = read_identity(fields.object("replica"));
  record.claim = fields.parsed("claim", parser_of(claims));
  record.replica_ordinal = fields.integer_from("replica_ordinal", 1);
  for (const auto& [name, flag] :
       {std::pair{"new_replica", &record.is_replica_new}, {"fence", &record.fence}})
    if (fields.optional(name) != nullptr) *flag = fields.boolean(name);
  record.rule = read_rule(fields.object("rule"));
  if (fields.optional("backfill") != nullptr) record.backfill = read_backfill(fields.object("backfill"));
  record.state = read_stored_state(fields);
  record.reason = fields.text("reason");
  record.created = fields.instant("created");
  record.changed = fields.instant("changed");
  record.first_versioned = fields.optional_instant("first_versioned");
  record.verified = read_verification(fields, "verified");
  record.last_difference = read_verification(fields, "last_difference");
  record.last_copies = read_versions<LastCopy>(fields, "last_copies", last_copies_max);
  record.seen_versions = read_versions<SeenVersion>(fields, "seen_versions", seen_versions_max);
  record.collapse = read_collapse(fields);
  if (const json::value* edits = fields.optional("replication_edits")) record.edits = parse_edits(*edits);
  if (fields.optional("instruction") != nullptr) {
    record.instruction = read_instruction(fields.object("instruction"));
  }
  if (const json::value* seen = fields.optional("settings")) record.settings = parse_settings_record(*seen);
  record.conditions = read_marks(fields);
  record.obstructions = read_obstructions(fields);
  record.epoch = fields.integer_from("epoch", 1);
  record.active_side = fields.text("active_side");
  if (record.active_side != "source" && record.active_side != "replica") {
    fields.fail("active_side is neither source nor replica");
  }
  record.history = read_history(fields);
  record.unknown = fields.unknown();
  if (record.protection !=
      protection_id(record.source.account, record.source.region, record.source.bucket, record.nonce)) {
    fields.fail("the protection id does not belong to this source");
  }
  return record;
}

}  // namespace
}  // namespace s3dr::dr
