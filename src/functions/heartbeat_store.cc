#include "functions/heartbeat_store.h"

#include <string>
#include <utility>

#include "base/error.h"

namespace s3dr::functions {
namespace {

constexpr int races_max = 10;

std::string key_of(const dr::Policy& policy) {
  return dr::heartbeat_key(policy.source_account, policy.source_region);
}

// A document that says something else is no heartbeat of this source: nothing is taken from it.
std::optional<dr::Heartbeat> usable(const std::string& text, const dr::Policy& policy) {
  try {
    dr::Heartbeat heartbeat = dr::parse_heartbeat(text);
    if (heartbeat.account == policy.source_account && heartbeat.source.region == policy.source_region)
      return heartbeat;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
  }
  return std::nullopt;
}

}  // namespace

Task<std::optional<dr::Heartbeat>> read_heartbeat(ports::DocumentStore& records, const dr::Policy& policy) {
  const auto document = co_await records.read(key_of(policy));
  if (!document) co_return std::nullopt;
  dr::Heartbeat heartbeat = dr::parse_heartbeat(document->text);
  if (heartbeat.account != policy.source_account || heartbeat.source.region != policy.source_region)
    throw Error(ErrorKind::corrupt, "the heartbeat speaks of another source").with_resource(key_of(policy));
  co_return heartbeat;
}

dr::SweepRound round_of(const dr::Policy& policy, const SweepCount& count) {
  dr::SweepRound round;
  round.account = policy.source_account;
  round.source_region = policy.source_region;
  round.destination_region = policy.destination_region;
  round.source = count.source;
  round.destination = count.destination;
  round.complete = !count.ended;
  return round;
}

Task<dr::Heartbeat> write_round(ports::DocumentStore& records, const dr::Policy& policy,
                                dr::SweepRound round) {
  for (int race = 0; race < races_max; ++race) {
    const auto document = co_await records.read(key_of(policy));
    std::optional<dr::Heartbeat> before;
    std::optional<std::string> etag;
    if (document) {
      before = usable(document->text, policy);
      etag = document->etag;
    }
    dr::Heartbeat next = dr::after_round(before, round);
    std::string text = dr::to_json(next);
    const auto written = co_await records.write(key_of(policy), std::move(text), std::move(etag));
    if (written) co_return next;
  }
  throw Error(ErrorKind::precondition_failed,
              "the heartbeat was changed by others " + std::to_string(races_max) + " times in a row")
      .with_resource(key_of(policy));
}

}  // namespace s3dr::functions
