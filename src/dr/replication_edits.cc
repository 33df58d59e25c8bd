#include "dr/replication_edits.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "aws/json_fields.h"
#include "base/encoding.h"
#include "base/error.h"
#include "dr/planner.h"
#include "dr/replication_rule.h"
#include "s3/xml_bucket.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;
using aws::JsonFields;
using aws::with_unknown;
using s3::ReplicationConfiguration;
using s3::ReplicationRule;
using Fingerprints = std::vector<std::string>;

Fingerprints fingerprints_of(const std::vector<ReplicationRule>& rules) {
  Fingerprints result;
  for (const ReplicationRule& rule : rules) result.push_back(fingerprint(rule));
  return result;
}

Fingerprints bounded(Fingerprints all) {
  if (all.size() > edit_rules_max) all.resize(edit_rules_max);
  return all;
}

bool has(const Fingerprints& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

std::string document_of(const ReplicationConfiguration& rules) {
  std::string text = rules.rules.empty() ? "" : s3::write_replication_configuration(rules);
  return text.size() > edit_document_bytes_max ? "" : text;
}

// Only the rules with these fingerprints, of a document that may be empty.
ReplicationConfiguration only(const std::string& document, const Fingerprints& wanted) {
  ReplicationConfiguration result;
  if (document.empty()) return result;
  result = s3::parse_replication_configuration(document);
  std::erase_if(result.rules, [&](const ReplicationRule& rule) { return !has(wanted, fingerprint(rule)); });
  return result;
}

// By content, and about at that time: others may write the same document on another day.
bool is_own(const ReplicationEdits& edits, const std::string& whole, Instant at) {
  return std::ranges::any_of(edits.puts, [&](const OwnPut& put) {
    return put.document == whole && at >= put.looked - clock_difference_max &&
           at <= put.answered + clock_difference_max;
  });
}

// The oldest documents go first, those of settled edits before all others.
void bound_documents(ReplicationEdits& edits) {
  const auto total = [&] {
    std::size_t bytes = 0;
    for (const HeardEdit& edit : edits.heard) bytes += edit.document.size();
    return bytes;
  };
  for (const bool settled : {true, false}) {
    for (HeardEdit& edit : edits.heard) {
      if (total() <= edit_document_bytes_max) return;
      if (edit.settled == settled) edit.document.clear();
    }
  }
}

// Both count whole seconds: an edit in the second of our PUT may have been before it.
bool is_in_window(const OwnPut& put, const HeardEdit& edit) {
  using std::chrono::floor;
  using std::chrono::seconds;
  return edit.at >= floor<seconds>(put.looked - look_behind_max) && edit.at <= put.answered;
}

// A later edit of others does not have it: they took it away themselves.
bool is_withdrawn(const ReplicationEdits& edits, const std::string& rule, Instant written) {
  return std::ranges::any_of(edits.heard, [&](const HeardEdit& later) {
    const bool all_known = later.rules.size() < edit_rules_max;
    return later.at > written && !is_own(edits, later.whole, later.at) && all_known &&
           !has(later.rules, rule);
  });
}

void settle(ReplicationEdits& edits, Instant until) {
  for (HeardEdit& edit : edits.heard) edit.settled = edit.settled || edit.at <= until;
  edits.lost.reset();
}

// What is there again or not wanted any more is not lost.
void judge_lost(ReplicationEdits& edits, const Fingerprints& present) {
  LostRules& lost = *edits.lost;
  const auto is_over = [&](const std::string& rule) {
    return has(present, rule) || is_withdrawn(edits, rule, lost.at);
  };
  if (std::erase_if(lost.rules, is_over) == 0) return;
  if (lost.rules.empty()) return settle(edits, lost.at);
  lost.document = document_of(only(lost.document, lost.rules));
}

// What our PUT had and their document had not.
Fingerprints undone_by(const OwnPut& put, const HeardEdit& edit) {
  Fingerprints result = put.foreign;
  std::erase_if(result, [&](const std::string& rule) { return has(edit.rules, rule); });
  return result;
}

// Both, the first ones first.
Fingerprints joined(Fingerprints first, const Fingerprints& more) {
  for (const std::string& rule : more) {
    if (!has(first, rule)) first.push_back(rule);
  }
  return bounded(std::move(first));
}

void add_lost(ReplicationEdits& edits, const HeardEdit& edit, const OwnPut& put, const Fingerprints& missing,
              Instant now) {
  LostRules next{edit.at, put.answered, now, edit.id, edit.by, missing, {}, undone_by(put, edit), {}};
  ReplicationConfiguration document = only(edit.document, missing);
  bool whole = !edit.document.empty();
  if (edits.lost) {
    const LostRules before = *edits.lost;
    const ReplicationConfiguration kept = only(before.document, before.rules);
    whole = whole && !before.document.empty();
    for (const ReplicationRule& rule : kept.rules) {
      if (!has(missing, fingerprint(rule))) document.rules.push_back(rule);
    }
    if (before.at > edit.at) {
      next = before;
      if (!kept.role_arn.empty()) document.role_arn = kept.role_arn;
    }
    next.rules = joined(missing, before.rules);
    next.undone = joined(undone_by(put, edit), before.undone);
    next.noticed = before.noticed;
    next.unknown = before.unknown;
  }
  next.document = whole ? document_of(document) : "";
  edits.lost = std::move(next);
}

// In the window of none of our PUTs it is left as it is: the PUT may still be under way.
void judge_heard(ReplicationEdits& edits, std::size_t which, const Fingerprints& present, Instant now) {
  const HeardEdit edit = edits.heard[which];
  const OwnPut* over = nullptr;
  Fingerprints missing = edit.rules;
  for (const OwnPut& put : edits.puts) {
    if (!is_in_window(put, edit)) continue;
    over = &put;
    std::erase_if(missing, [&](const std::string& rule) { return has(put.foreign, rule); });
  }
  if (over == nullptr) return;
  std::erase_if(missing, [&](const std::string& rule) {
    return has(present, rule) || is_withdrawn(edits, rule, edit.at);
  });
  edits.heard[which].settled = true;
  if (!missing.empty()) add_lost(edits, edit, *over, missing, now);
}

std::string rule_words(const ReplicationRule& rule) {
  std::string text = rule.id.empty() ? "a rule without an id" : "\"" + rule.id + "\"";
  const auto destination = s3::destination_bucket(rule.destination);
  return text + " → " + (destination ? destination->text() : rule.destination.bucket_arn);
}

}  // namespace

OwnPut own_put(const Policy& policy, const s3::BucketName& source,
               const ReplicationConfiguration& configuration, Instant looked, Instant answered) {
  return {looked,
          answered,
          fingerprint(configuration),
          bounded(fingerprints_of(foreign_rules(policy, source, configuration))),
          {}};
}

ReplicationEdits with_own_put(ReplicationEdits edits, OwnPut put) {
  edits.put_may_follow.reset();
  edits.puts.push_back(std::move(put));
  if (edits.puts.size() > own_puts_max) edits.puts.erase(edits.puts.begin());
  std::erase_if(edits.heard, [&](const HeardEdit& edit) { return is_own(edits, edit.whole, edit.at); });
  return edits;
}

ReplicationEdits with_edit(ReplicationEdits edits, const Policy& policy, const s3::BucketName& source,
                           const ReplicationEdit& edit) {
  HeardEdit heard{edit.at, edit.id, edit.by, fingerprint(edit.configuration), {}, {}, false, {}};
  const auto is_same = [&](const HeardEdit& other) { return other.id == heard.id; };
  if (is_own(edits, heard.whole, heard.at) || std::ranges::any_of(edits.heard, is_same)) return edits;
  const bool full = edits.heard.size() >= heard_edits_max;
  if (full && edit.at < edits.heard.front().at) return edits;  // heard before, or too late to tell anything
  const ReplicationConfiguration theirs{edit.configuration.role_arn,
                                        foreign_rules(policy, source, edit.configuration)};
  heard.rules = bounded(fingerprints_of(theirs.rules));
  heard.document = document_of(theirs);
  const auto place = std::ranges::upper_bound(edits.heard, heard.at, {}, &HeardEdit::at);
  edits.heard.insert(place, std::move(heard));
  if (full) edits.heard.erase(edits.heard.begin());
  bound_documents(edits);
  return edits;
}

ReplicationEdits judged(ReplicationEdits edits, const Policy& policy, const s3::BucketName& source,
                        const ReplicationConfiguration& present, Instant now) {
  const Fingerprints there = fingerprints_of(foreign_rules(policy, source, present));
  if (edits.lost) judge_lost(edits, there);
  // What is there now, that PUT may still overwrite: an earlier one of the same second proves nothing.
  if (edits.put_may_follow) return edits;
  for (std::size_t i = edits.heard.size(); i > 0; --i) {
    const HeardEdit& edit = edits.heard[i - 1];
    if (!edit.settled && !is_own(edits, edit.whole, edit.at)) judge_heard(edits, i - 1, there, now);
  }
  return edits;
}

ReplicationEdits settled(ReplicationEdits edits) {
  if (edits.lost) settle(edits, edits.lost->at);
  return edits;
}

ReplicationConfiguration lost_configuration(const LostRules& lost) {
  return only(lost.document, lost.rules);
}

std::string lost_text(const LostRules& lost) {
  std::string text = std::to_string(lost.rules.size()) + (lost.rules.size() == 1 ? " rule" : " rules") +
                     " of others may be lost: written " + to_iso8601_seconds(lost.at) +
                     (lost.by.empty() ? "" : " by " + lost.by) + ", overwritten by our own PUT at " +
                     to_iso8601_seconds(lost.put_at);
  std::string names;
  for (const ReplicationRule& rule : lost_configuration(lost).rules)
    names += (names.empty() ? ": " : ", ") + rule_words(rule);
  return text + names;
}

std::string lost_advice(const LostRules& lost, const s3::BucketName& source) {
  if (!lost.document.empty()) return "s3dr rules restore " + source.text();
  return "the rules were too many to be kept: they are in CloudTrail's event " + lost.id +
         ". Put them back by hand, or: s3dr rules forget " + source.text();
}

namespace {

json::array array_of(const Fingerprints& rules) {
  return json::array(rules.begin(), rules.end());
}

Fingerprints read_rules(JsonFields& fields, std::string_view name) {
  Fingerprints result;
  for (const json::value& item : fields.array(name)) {
    const json::string* text = item.if_string();
    if (text == nullptr) fields.fail("field " + std::string(name) + " holds something else than texts");
    result.emplace_back(*text);
  }
  if (result.size() > edit_rules_max) fields.fail("field " + std::string(name) + " is too long");
  return result;
}

// Read once here, so that a decision never meets a document that cannot be read.
std::string read_document(JsonFields& fields) {
  std::string document = fields.text("document");
  if (document.size() > edit_document_bytes_max) fields.fail("field document is too long");
  try {
    if (!document.empty()) (void)s3::parse_replication_configuration(document);
  } catch (const Error& error) {
    fields.fail("field document: " + error.message());
  }
  return document;
}

OwnPut read_put(JsonFields fields) {
  OwnPut put;
  put.looked = fields.instant("looked");
  put.answered = fields.instant("answered");
  put.document = fields.text("document");
  put.foreign = read_rules(fields, "foreign");
  put.unknown = fields.unknown();
  return put;
}

HeardEdit read_heard(JsonFields fields) {
  HeardEdit edit;
  edit.at = fields.instant("at");
  edit.id = fields.text("id");
  edit.by = fields.text("by");
  edit.whole = fields.text("whole");
  edit.rules = read_rules(fields, "rules");
  edit.document = read_document(fields);
  edit.settled = fields.boolean("settled");
  edit.unknown = fields.unknown();
  return edit;
}

LostRules read_lost(JsonFields fields) {
  LostRules lost;
  lost.at = fields.instant("at");
  lost.put_at = fields.instant("put_at");
  lost.noticed = fields.instant("noticed");
  lost.id = fields.text("id");
  lost.by = fields.text("by");
  lost.rules = read_rules(fields, "rules");
  lost.document = read_document(fields);
  lost.undone = read_rules(fields, "undone");
  if (lost.rules.empty()) fields.fail("lost without a rule");
  lost.unknown = fields.unknown();
  return lost;
}

}  // namespace

json::value json_of(const ReplicationEdits& edits) {
  if (edits == ReplicationEdits()) return nullptr;
  json::array puts, heard;
  for (const OwnPut& put : edits.puts) {
    puts.push_back(with_unknown({{"looked", to_iso8601(put.looked)},
                                 {"answered", to_iso8601(put.answered)},
                                 {"document", put.document},
                                 {"foreign", array_of(put.foreign)}},
                                put.unknown));
  }
  for (const HeardEdit& edit : edits.heard) {
    heard.push_back(with_unknown({{"at", to_iso8601(edit.at)},
                                  {"id", edit.id},
                                  {"by", edit.by},
                                  {"whole", edit.whole},
                                  {"rules", array_of(edit.rules)},
                                  {"document", edit.document},
                                  {"settled", edit.settled}},
                                 edit.unknown));
  }
  json::object object{{"puts", std::move(puts)}, {"heard", std::move(heard)}};
  json::value& lost = object["lost"];
  if (edits.lost) {
    lost = with_unknown({{"at", to_iso8601(edits.lost->at)},
                         {"put_at", to_iso8601(edits.lost->put_at)},
                         {"noticed", to_iso8601(edits.lost->noticed)},
                         {"id", edits.lost->id},
                         {"by", edits.lost->by},
                         {"rules", array_of(edits.lost->rules)},
                         {"document", edits.lost->document},
                         {"undone", array_of(edits.lost->undone)}},
                        edits.lost->unknown);
  }
  json::value& may_follow = object["put_may_follow"];
  if (edits.put_may_follow) may_follow = to_iso8601(*edits.put_may_follow);
  return with_unknown(std::move(object), edits.unknown);
}

ReplicationEdits parse_edits(const json::value& value) {
  const std::string where = "record.replication_edits";
  JsonFields fields(value, where, ErrorKind::corrupt);
  ReplicationEdits edits;
  for (const json::value& item : fields.array("puts"))
    edits.puts.push_back(read_put(JsonFields(item, where + ".puts", ErrorKind::corrupt)));
  for (const json::value& item : fields.array("heard"))
    edits.heard.push_back(read_heard(JsonFields(item, where + ".heard", ErrorKind::corrupt)));
  if (edits.puts.size() > own_puts_max) fields.fail("field puts is too long");
  if (edits.heard.size() > heard_edits_max) fields.fail("field heard is too long");
  if (fields.optional("lost") != nullptr) edits.lost = read_lost(fields.object("lost"));
  if (fields.optional("put_may_follow") != nullptr) edits.put_may_follow = fields.instant("put_may_follow");
  edits.unknown = fields.unknown();
  return edits;
}

void plan_edits(Planner& p) {
  const Record* record = p.record();
  if (record == nullptr || !p.seen.replication.is_known()) return;
  const ReplicationConfiguration none;
  const ReplicationConfiguration& present =
      p.seen.replication.has_value() ? p.seen.replication.value() : none;
  const ReplicationEdits now = judged(record->edits, p.policy, p.seen.bucket, present, p.now);
  if (now.lost) {
    p.plan.rules_lost = true;
    p.plan.warnings.push_back(lost_text(*now.lost) + ". next: " + lost_advice(*now.lost, p.seen.bucket));
  }
  if (now == record->edits || !p.is_idle()) return;
  Record next = *record;
  next.edits = now;
  next.changed = p.now;
  p.write(Function::source_bucket_check, std::move(next), "record what became of the rules of others",
          now.lost ? lost_text(*now.lost) : "their rules are there, or they took them away themselves");
}

}  // namespace s3dr::dr
