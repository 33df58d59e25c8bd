#include "cloud/event_delivery.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/retry.h"
#include "base/task_group.h"

namespace s3dr::cloud {
namespace {

constexpr int batch_events_max = 32;
constexpr milliseconds wait_max{60'000};
constexpr std::size_t answer_bytes_max = 64 * 1024;

struct DueEvent {
  std::int64_t id = 0;
  std::string body;
  int attempts = 0;
};

// `refused`: the endpoint is there and does not take this event; `unreachable`: no event gets through now.
enum class Outcome { delivered, refused, unreachable };

std::vector<DueEvent> due_events(Connection& db, Instant now) {
  std::vector<DueEvent> result;
  auto rows = db.prepare("SELECT id, body, attempts FROM event WHERE due_ms <= ? ORDER BY id LIMIT ?");
  rows.bind(now.time_since_epoch().count(), batch_events_max);
  while (rows.step()) {
    result.push_back({rows.integer(0), rows.text(1), static_cast<int>(rows.integer(2))});
  }
  return result;
}

// How long until the next event is due.
milliseconds time_to_next(Connection& db, Instant now) {
  auto row = db.prepare("SELECT MIN(due_ms) FROM event");
  if (!row.step() || row.is_null(0)) return wait_max;
  const Instant due{milliseconds(row.integer(0))};
  return std::clamp(std::chrono::duration_cast<milliseconds>(due - now), milliseconds(1), wait_max);
}

Task<int> post(RegionContext& region, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.target = region.options.event_path;
  request.headers.add("Host", region.options.event_endpoint->host_header());
  request.headers.add("Content-Type", "application/json");
  request.headers.add("x-s3dr-event-secret", region.options.event_secret.reveal());
  request.body = Body(std::move(body));
  HttpResponse response =
      co_await region.transport.send(*region.options.event_endpoint, std::move(request), http::SendOptions());
  co_await response.body.read_all(answer_bytes_max);
  co_return response.status;
}

Task<Outcome> deliver(RegionContext& region, const DueEvent& event) {
  std::string failure;
  Outcome outcome = Outcome::delivered;
  try {
    const int status = co_await post(region, event.body);
    if (status >= 200 && status < 300) co_return Outcome::delivered;
    failure = "status " + std::to_string(status);
    outcome = status >= 500 || status == 429 ? Outcome::unreachable : Outcome::refused;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error.what();
    outcome = Outcome::unreachable;
  }
  region.log.warning("event not delivered", {{"event", std::to_string(event.id)},
                                             {"attempt", std::to_string(event.attempts + 1)},
                                             {"error", failure}});
  co_return outcome;
}

milliseconds backoff(const RegionContext& region, int attempts) {
  RetryPolicy policy;
  policy.delay_base = region.options.retry_base;
  policy.delay_cap = region.options.retry_cap;
  return std::max(milliseconds(1), retry_delay(policy, attempts, region.random));
}

Task<> settle(RegionContext& region, std::vector<std::int64_t> delivered,
              std::vector<std::pair<std::int64_t, Instant>> postponed) {
  co_await region.database.write([&](Connection& db) {
    for (const std::int64_t id : delivered) db.prepare("DELETE FROM event WHERE id = ?").bind(id).run();
    for (const auto& [id, due] : postponed) {
      db.prepare("UPDATE event SET attempts = attempts + 1, due_ms = ? WHERE id = ?")
          .bind(due.time_since_epoch().count(), id)
          .run();
    }
  });
}

// One batch, in order. Stops at the first event that finds the endpoint unreachable: the others would too.
// Returns how long to wait before the next batch.
Task<milliseconds> deliver_batch(RegionContext& region, std::vector<DueEvent> events, int& failures) {
  std::vector<std::int64_t> delivered;
  std::vector<std::pair<std::int64_t, Instant>> postponed;
  milliseconds pause{0};
  for (const DueEvent& event : events) {
    const Outcome outcome = co_await deliver(region, event);
    if (outcome == Outcome::delivered) {
      failures = 0;
      delivered.push_back(event.id);
      continue;
    }
    postponed.emplace_back(event.id, region.clock.now() + backoff(region, event.attempts));
    if (outcome == Outcome::refused) continue;
    pause = backoff(region, failures++);
    break;
  }
  co_await settle(region, std::move(delivered), std::move(postponed));
  co_return pause;
}

void report_dropped(RegionContext& region, std::uint64_t& reported) {
  const std::uint64_t dropped = outbox_state(region).dropped;
  if (dropped <= reported) return;
  region.log.error("events dropped: the outbox is full",
                   {{"dropped", std::to_string(dropped - reported)},
                    {"events_max", std::to_string(region.options.events_max)}});
  reported = dropped;
}

}  // namespace

OutboxState outbox_state(RegionContext& region) {
  const auto number = [&region](std::string_view sql) -> std::uint64_t {
    auto row = region.database.reader().prepare(sql);
    return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
  };
  return {number("SELECT COUNT(*) FROM event"),
          number("SELECT value FROM counter WHERE name = 'events_dropped'")};
}

Task<> deliver_events(RegionContext& region, Notifier& wakeup) {
  int failures = 0;
  std::uint64_t reported = outbox_state(region).dropped;
  while (true) {
    report_dropped(region, reported);
    if (!region.options.event_endpoint) {
      co_await wakeup.wait(region.clock, wait_max);
      continue;
    }
    auto events = due_events(region.database.reader(), region.clock.now());
    if (events.empty()) {
      co_await wakeup.wait(region.clock, time_to_next(region.database.reader(), region.clock.now()));
      continue;
    }
    const milliseconds pause = co_await deliver_batch(region, std::move(events), failures);
    // Not cut short by new events: they would only meet the same closed door.
    if (pause.count() > 0) co_await region.clock.sleep(pause);
  }
}

}  // namespace s3dr::cloud
