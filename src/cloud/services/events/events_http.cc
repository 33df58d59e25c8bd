#include "cloud/services/events/events_http.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "base/task_group.h"
#include "cloud/services/bus/delivery_queue.h"
#include "cloud/services/bus/destination_store.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/events/events_delivery.h"

namespace s3dr::services {
namespace {

constexpr std::size_t concurrency = 16;
constexpr int batch_deliveries_max = 32;
constexpr std::size_t answer_bytes_max = 64 * 1024;
constexpr milliseconds wait_max{60'000};
constexpr milliseconds retry_after_max{3'600'000};

// What is remembered of a destination from one batch to the next, as long as the region runs.
struct Door {
  bool failing = false;
  milliseconds failing_since{0}, not_before{0};  // uptime
  milliseconds window_start{0};                  // of the rate: one second
  std::int64_t sent_in_window = 0;
};

struct Poster {
  cloud::RegionContext& region;
  Notifier& wake;
  std::map<std::string, Door> doors;  // by the destination's ARN
  std::set<std::string> under_way;
};

struct Reply {
  enum class Kind { taken, refused, later } kind = Kind::taken;
  std::string failure;
  bool for_all = false;  // the next event would meet the same
  milliseconds retry_after{0};
};

struct Address {
  Endpoint endpoint;
  std::string target;  // path and query
};

std::optional<Address> address_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  const std::size_t path = std::min(url.find_first_of("/?", scheme + 3), url.size());
  std::string target = url.substr(path);
  if (!target.starts_with('/')) target.insert(0, "/");
  try {
    return Address{Endpoint::parse(url.substr(0, path)), std::move(target)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

milliseconds retry_after_of(const HttpResponse& response) {
  const auto seconds = whole_number(response.headers.get_or("retry-after", ""));
  if (!seconds || *seconds < 0) return milliseconds(0);
  return std::min(retry_after_max,
                  milliseconds(std::min<std::int64_t>(*seconds, retry_after_max.count() / 1000) * 1000));
}

Reply judge(const HttpResponse& response) {
  const int status = response.status;
  Reply reply;
  if (status >= 200 && status < 300) return reply;
  reply.failure = "status " + std::to_string(status);
  const bool again = status == 401 || status == 407 || status == 409 || status == 429 || status >= 500;
  reply.kind = again ? Reply::Kind::later : Reply::Kind::refused;
  reply.for_all = again && status != 409;
  reply.retry_after = retry_after_of(response);
  return reply;
}

Task<Reply> exchange(cloud::RegionContext& region, Address address, HttpRequest request) {
  http::SendOptions limits;
  limits.connect_max = limits.idle_max = region.options.event_request_max;
  HttpResponse response =
      co_await region.transport.send(std::move(address.endpoint), std::move(request), limits);
  const Reply reply = judge(response);
  co_await response.body.read_all(answer_bytes_max);
  co_return reply;
}

Task<Reply> post(cloud::RegionContext& region, const ApiDestination& destination,
                 const EventConnection& connection, std::string payload) {
  auto address = address_of(destination.url);
  if (!address) co_return Reply{Reply::Kind::refused, "the endpoint is no URL", false, {}};
  HttpRequest request;
  request.method = destination.method;
  request.target = address->target;
  request.headers.add("Host", address->endpoint.host_header());
  request.headers.add("Content-Type", "application/json; charset=utf-8");
  request.headers.add("User-Agent", "Amazon/EventBridge/ApiDestinations");
  request.headers.set(connection.header, connection.value.reveal());
  request.body = Body(std::move(payload));
  Reply failed{Reply::Kind::later, "", true, {}};
  try {
    co_return co_await with_deadline(region.clock, region.options.event_request_max,
                                     exchange(region, std::move(*address), std::move(request)));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failed.failure = error.what();
  }
  co_return failed;
}

// The results of a batch. They are written in one transaction.
struct Settlement {
  std::vector<std::string> taken;
  std::vector<std::pair<std::string, Instant>> postponed;
  std::vector<std::pair<EventDelivery, GivenUp>> given_up;
  bool is_back = false;
};

Task<> settle(cloud::RegionContext& region, std::string destination_arn, Settlement settlement) {
  if (settlement.taken.empty() && settlement.postponed.empty() && settlement.given_up.empty()) co_return;
  const Instant now = region.clock.now();
  const auto losses = co_await region.database.write([&](cloud::Connection& db) {
    std::vector<Loss> result;
    for (const std::string& id : settlement.taken) remove_delivery(db, id);
    for (const auto& [id, due] : settlement.postponed) postpone_delivery(db, id, due);
    for (const auto& [delivery, why] : settlement.given_up) result.push_back(give_up(db, delivery, why, now));
    if (settlement.is_back) {
      db.prepare("UPDATE event_delivery SET due_ms = ? WHERE over_http = 1 AND target_arn = ? AND due_ms > ?")
          .bind(now.time_since_epoch().count(), destination_arn, now.time_since_epoch().count())
          .run();
    }
    return result;
  });
  for (const Loss& loss : losses) log_loss(region.log, loss);
  if (!losses.empty() && region.wake_services) region.wake_services();
}

void close_door(cloud::RegionContext& region, Door& door, milliseconds retry_after) {
  const milliseconds uptime = region.clock.uptime();
  if (!door.failing) door.failing_since = uptime;
  door.failing = true;
  const milliseconds pause =
      retry_pause(uptime - door.failing_since, region.options.retry_base, region.random);
  door.not_before = uptime + std::max(pause, retry_after);
}

// False: the destination has already got as many requests in this second as it takes.
bool may_send(cloud::RegionContext& region, Door& door, std::int64_t rate_per_second) {
  const milliseconds uptime = region.clock.uptime();
  if (uptime - door.window_start >= milliseconds(1'000)) {
    door.window_start = uptime;
    door.sent_in_window = 0;
  }
  if (door.sent_in_window >= rate_per_second) {
    door.not_before = door.window_start + milliseconds(1'000);
    return false;
  }
  ++door.sent_in_window;
  return true;
}

void take_reply(cloud::RegionContext& region, const EventDelivery& delivery, const Reply& reply,
                Settlement& settlement) {
  if (reply.kind == Reply::Kind::taken) {
    settlement.taken.push_back(delivery.id);
    return;
  }
  region.log.warning("event not delivered", {{"rule", delivery.rule_arn},
                                             {"target", delivery.target_arn},
                                             {"attempt", std::to_string(delivery.attempts + 1)},
                                             {"error", reply.failure}});
  if (reply.kind == Reply::Kind::refused) {
    settlement.given_up.push_back({delivery, {"SDK_CLIENT_ERROR", reply.failure, ""}});
  } else if (delivery.attempts >= policy_of(delivery).retries_max) {
    settlement.given_up.push_back({delivery, {"SDK_CLIENT_ERROR", reply.failure, "MaximumRetryAttempts"}});
  } else {
    const Instant now = region.clock.now();
    const auto pause = retry_pause(now - delivery.queued, region.options.retry_base, region.random);
    settlement.postponed.emplace_back(delivery.id, now + std::max(pause, reply.retry_after));
  }
}

// Posts one batch to one destination. Ends at the first event that cannot reach it. It also ends after a
// while in any case, so that the results are written soon.
Task<> post_batch(Poster& poster, std::string destination_arn) {
  cloud::RegionContext& region = poster.region;
  Door& door = poster.doors[destination_arn];
  const milliseconds until = region.clock.uptime() + region.options.event_request_max;
  const auto batch = due_deliveries(region.database.reader(), Reached::over_http, region.clock.now(),
                                    batch_deliveries_max, destination_arn);
  Settlement settlement;
  for (const EventDelivery& delivery : batch) {
    if (region.clock.now() - delivery.queued >= policy_of(delivery).age_max) {
      settlement.given_up.push_back(
          {delivery, {"SDK_CLIENT_ERROR", "The event is too old.", "MaximumEventAgeInSeconds"}});
      continue;
    }
    // Looked up each time: it may change while events wait.
    const auto destination = find_api_destination_by_arn(region.database.reader(), destination_arn);
    const auto connection =
        destination ? find_connection_by_arn(region.database.reader(), destination->connection_arn)
                    : std::nullopt;
    if (!connection) {
      const GivenUp why{"NO_RESOURCE", "The API destination or its connection does not exist.", ""};
      settlement.given_up.push_back({delivery, why});
      continue;
    }
    if (!may_send(region, door, destination->rate_per_second)) break;
    auto payload = payload_of(delivery);
    if (!payload) {
      settlement.given_up.push_back({delivery, std::move(payload.error())});
      continue;
    }
    const Reply reply = co_await post(region, *destination, *connection, std::move(*payload));
    take_reply(region, delivery, reply, settlement);
    if (reply.for_all) {
      close_door(region, door, reply.retry_after);
      break;
    }
    if (reply.kind == Reply::Kind::taken && door.failing) {
      door.failing = false;
      settlement.is_back = true;
    }
    if (region.clock.uptime() >= until) break;
  }
  co_await settle(region, std::move(destination_arn), std::move(settlement));
}

Task<> serve_destination(Poster& poster, std::string destination_arn) {
  cloud::RegionContext& region = poster.region;
  bool not_settled = false;
  try {
    co_await post_batch(poster, destination_arn);
  } catch (const std::exception& error) {
    if (is_cancellation(std::current_exception())) throw;
    // The database could not be written (disk full …): the events are still there and still due.
    region.log.error("delivery queue not updated", {{"why", error.what()}});
    not_settled = true;
  }
  if (not_settled) co_await region.clock.sleep(region.options.retry_cap);
  poster.under_way.erase(destination_arn);
  poster.wake.notify();
}

// For each destination with waiting events: when it is served next, by uptime.
std::vector<std::pair<milliseconds, std::string>> agenda(Poster& poster) {
  cloud::RegionContext& region = poster.region;
  std::vector<std::pair<milliseconds, std::string>> result;
  auto rows = region.database.reader().prepare(
      "SELECT target_arn, MIN(due_ms) FROM event_delivery WHERE over_http = 1 GROUP BY target_arn");
  while (rows.step()) {
    const Instant due{milliseconds(rows.integer(1))};
    const milliseconds at = region.clock.uptime() + (due - region.clock.now());
    result.emplace_back(std::max(at, poster.doors[rows.text(0)].not_before), rows.text(0));
  }
  std::ranges::sort(result);
  return result;
}

Task<> dispatch(Poster& poster, TaskGroup& group) {
  cloud::RegionContext& region = poster.region;
  while (true) {
    milliseconds pause = wait_max;
    for (const auto& [at, arn] : agenda(poster)) {
      if (poster.under_way.size() >= concurrency) break;  // its end wakes us
      if (poster.under_way.contains(arn)) continue;
      if (at > region.clock.uptime()) {
        pause = std::clamp(at - region.clock.uptime(), milliseconds(1), wait_max);
        break;
      }
      poster.under_way.insert(arn);
      group.spawn(serve_destination(poster, arn));
    }
    co_await poster.wake.wait(region.clock, pause);
  }
}

}  // namespace

Task<> post_events(cloud::RegionContext& region, Notifier& wake) {
  Poster poster{region, wake, {}, {}};
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* tasks = &group;
  co_await with_clean_up(dispatch(poster, group), [tasks] { return tasks->cancel_and_join(); });
}

}  // namespace s3dr::services
