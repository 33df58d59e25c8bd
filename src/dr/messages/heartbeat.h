// The heartbeat: one JSON document for each source region, in the control bucket. Whoever sweeps (`s3dr
// serve`, or the scheduled sweep of a deployment) writes it at the end of each round. `s3dr status` reads it.
// `/readyz` goes by the copy that `serve` keeps of its own. It answers one question: is somebody watching, and does
// each region answer?
// The value, its codec and its judgement; reading and writing are functions/heartbeat_store.h. Says nothing
// about a single bucket: that is the record's (dr/record.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "s3/names.h"

namespace s3dr::dr {

// What one round learned of a region.
struct Contact {
  std::optional<ErrorKind> failure;  // none: all is well
  std::string why;
  bool silent = false;  // of a failure: there was no answer at all
};
Contact contact_of(const Error& failure);

// What is known of a region over the rounds.
struct RegionContact {
  s3::Region region;
  std::optional<Instant> answered;       // the last time
  std::optional<Instant> failing_since;  // the first failure after that; none: all is well
  bool unreachable = false;  // while it fails: no answer at all; else it answers and refuses the sweep
  std::string why;           // of the last failure
  bool operator==(const RegionContact&) const = default;
};

struct Heartbeat {
  s3::AccountId account;               // the source's
  std::string program;                 // who sweeps: "s3dr serve", "source_bucket_check"
  std::string version;                 // of that program
  Instant at{};                        // the last sign of life
  milliseconds interval{0};            // between two sweeps
  std::optional<Instant> complete_at;  // the end of the last round that saw everything
  RegionContact source, destination;
  bool operator==(const Heartbeat&) const = default;
};

// One round of a sweep, or one stretch of a long one.
struct SweepRound {
  std::string program, version;
  Instant at{};
  milliseconds interval{0};
  bool is_over = true;  // false: a stretch, the round goes on
  // Every bucket was listed and told of, in the stretches before as well. Tags that could not be read do not count:
  // their bucket is told of.
  bool complete = true;
  // None: the round did not ask there.
  std::optional<Contact> source, destination;
  s3::AccountId account;
  s3::Region source_region, destination_region;
};

// The heartbeat after a round. `before` belongs to the same source, or is none. Since when a region fails is
// kept until it answers again.
Heartbeat after_round(const std::optional<Heartbeat>& before, const SweepRound& round);

// Nobody has given a sign of life for this many intervals: nobody is watching. Never less than the age below,
// because a sweep takes time, too.
constexpr int heartbeat_intervals_max = 3;
constexpr milliseconds heartbeat_age_min{30'000};
bool is_stale(const Heartbeat& heartbeat, Instant now);
// Somebody watches, and no round of so long has seen everything: a tag or a lost event may be overlooked.
bool is_incomplete(const Heartbeat& heartbeat, Instant now);
// "no sweep has seen every bucket since 13:20:12 UTC", "… yet".
std::string incomplete_text(const Heartbeat& heartbeat, Instant now);

// "13:20:12 UTC", with the date in front when it is another day than `now`.
std::string clock_text(Instant then, Instant now);
// "us-west-2 unreachable since 13:20:12 UTC: <why>"; empty: it answered the last time it was asked.
std::string failure_text(const RegionContact& contact, Instant now);

constexpr std::int64_t heartbeat_format = 1;
constexpr std::size_t heartbeat_bytes_max = 64 * 1024;

// "heartbeat/<source-account>/<source-region>.json" in the control bucket.
std::string heartbeat_key(const s3::AccountId& account, const s3::Region& region);

// Deterministic: the same heartbeat gives the same bytes.
std::string to_json(const Heartbeat& heartbeat);
// Raises corrupt for what is not a heartbeat of this format, unsupported for a newer one.
Heartbeat parse_heartbeat(std::string_view json);

}  // namespace s3dr::dr
