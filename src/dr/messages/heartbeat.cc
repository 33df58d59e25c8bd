#include "dr/messages/heartbeat.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "aws/json_fields.h"
#include "base/encoding.h"
#include "base/silence.h"
#include "base/utf8.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;
using aws::JsonFields;
using aws::optional_instant;

// What a store says goes into a small document.
constexpr std::size_t why_bytes_max = 1'024;

RegionContact after_contact(const RegionContact* before, const s3::Region& region,
                            const std::optional<Contact>& contact, Instant now) {
  RegionContact result;
  if (before != nullptr && before->region == region) result = *before;
  result.region = region;
  if (!contact) return result;
  if (!contact->failure) {
    result.answered = now;
    result.failing_since.reset();
    result.unreachable = false;
    result.why.clear();
    return result;
  }
  if (!result.failing_since) result.failing_since = now;
  result.unreachable = contact->silent;
  result.why = cut_text(contact->why, why_bytes_max);
  return result;
}

json::object json_of(const RegionContact& contact) {
  return {{"region", contact.region.text()},
          {"answered", optional_instant(contact.answered)},
          {"failing_since", optional_instant(contact.failing_since)},
          {"unreachable", contact.unreachable},
          {"why", contact.why}};
}

RegionContact read_contact(JsonFields fields) {
  RegionContact result;
  result.region = fields.named<s3::Region>("region");
  result.answered = fields.optional_instant("answered");
  result.failing_since = fields.optional_instant("failing_since");
  result.unreachable = fields.boolean("unreachable");
  result.why = fields.text("why");
  fields.refuse_unknown();
  return result;
}

}  // namespace

namespace {

milliseconds age_max(const Heartbeat& heartbeat) {
  return std::max(heartbeat.interval * heartbeat_intervals_max, heartbeat_age_min);
}

}  // namespace

Contact contact_of(const Error& failure) {
  return {failure.kind(), failure.what(), is_silence(failure)};
}

Heartbeat after_round(const std::optional<Heartbeat>& before, const SweepRound& round) {
  Heartbeat result;
  if (before) result.complete_at = before->complete_at;
  result.account = round.account;
  result.program = round.program;
  result.version = round.version;
  result.at = round.at;
  result.interval = round.interval;
  if (round.is_over && round.complete) result.complete_at = round.at;
  result.source =
      after_contact(before ? &before->source : nullptr, round.source_region, round.source, round.at);
  result.destination = after_contact(before ? &before->destination : nullptr, round.destination_region,
                                     round.destination, round.at);
  return result;
}

bool is_stale(const Heartbeat& heartbeat, Instant now) {
  return now - heartbeat.at > age_max(heartbeat);
}

bool is_incomplete(const Heartbeat& heartbeat, Instant now) {
  return !heartbeat.complete_at || now - *heartbeat.complete_at > age_max(heartbeat);
}

std::string incomplete_text(const Heartbeat& heartbeat, Instant now) {
  return "no sweep has seen every bucket " +
         (heartbeat.complete_at ? "since " + clock_text(*heartbeat.complete_at, now) : std::string("yet"));
}

std::string clock_text(Instant then, Instant now) {
  const std::string text = to_iso8601_seconds(then);  // 2026-08-01T10:15:00Z
  const std::string date = text.substr(0, 10), time = text.substr(11, 8) + " UTC";
  return to_iso8601_seconds(now).starts_with(date) ? time : date + " " + time;
}

std::string failure_text(const RegionContact& contact, Instant now) {
  if (!contact.failing_since) return "";
  return contact.region.text() + (contact.unreachable ? " unreachable since " : " refuses the sweep since ") +
         clock_text(*contact.failing_since, now) + (contact.why.empty() ? "" : ": " + contact.why);
}

std::string heartbeat_key(const s3::AccountId& account, const s3::Region& region) {
  return "heartbeat/" + account.text() + "/" + region.text() + ".json";
}

std::string to_json(const Heartbeat& heartbeat) {
  return json::serialize(json::object{{"format", heartbeat_format},
                                      {"account", heartbeat.account.text()},
                                      {"program", heartbeat.program},
                                      {"version", heartbeat.version},
                                      {"at", to_iso8601(heartbeat.at)},
                                      {"interval_ms", heartbeat.interval.count()},
                                      {"complete_at", optional_instant(heartbeat.complete_at)},
                                      {"source", json_of(heartbeat.source)},
                                      {"destination", json_of(heartbeat.destination)}});
}

Heartbeat parse_heartbeat(std::string_view text) {
  const json::value value = aws::parse_document(text, "heartbeat", heartbeat_bytes_max);
  JsonFields fields(value, "heartbeat", ErrorKind::corrupt);
  fields.require_known_format(heartbeat_format);
  Heartbeat result;
  result.account = fields.named<s3::AccountId>("account");
  result.program = fields.text("program");
  result.version = fields.text("version");
  result.at = fields.instant("at");
  result.interval = milliseconds(fields.integer_from("interval_ms", 1));
  result.complete_at = fields.optional_instant("complete_at");
  result.source = read_contact(fields.object("source"));
  result.destination = read_contact(fields.object("destination"));
  fields.refuse_unknown();
  return result;
}

}  // namespace s3dr::dr
