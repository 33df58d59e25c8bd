#include "cloud/services/events/events_service.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "aws/arn.h"
#include "base/notifier.h"
#include "cloud/events/event_outbox.h"
#include "cloud/services/bus/events_default.h"
#include "cloud/services/bus/events_store.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/texts.h"
#include "cloud/services/events/events_delivery.h"
#include "cloud/services/events/events_http.h"
#include "cloud/services/events/events_operations.h"
#include "cloud/services/events/events_routing.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr milliseconds wait_max{60'000};
constexpr std::size_t name_max = 64;

class EventsService : public cloud::Service {
 public:
  explicit EventsService(cloud::RegionContext& region) : region_(region), defaults_(region) {
    api_.target_prefix = "AWSEvents";
    for (const JsonHandlers& some :
         {rule_operations(), target_operations(), put_operations(), destination_operations()}) {
      add_operations(api_, region, some);
    }
  }

  std::string_view signing_name() const override { return "events"; }
  bool works() const override { return true; }
  void wake() override {
    // Before run() there is nobody to wake: it begins by looking.
    if (routing_) routing_->notify();
    if (posting_) posting_->notify();
  }

  Task<HttpResponse> handle(cloud::ServiceRequest request) override {
    if (request.is_signed) co_await defaults_.ensure(request.caller.account.text());
    co_return co_await answer_json(api_, std::move(request));
  }

  Task<> run() override {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    routing_.emplace(executor);
    posting_.emplace(executor);
    co_await defaults_.ensure_all();
    auto [order, routing, posting] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, route(), asio::deferred),
            asio::co_spawn(executor, post_events(region_, *posting_), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    // Neither ends by itself: the first to end tells why both do.
    std::rethrow_exception(order[0] == 0 ? routing : posting);
  }

 private:
  void report_overflow() {
    const std::uint64_t dropped = cloud::outbox_state(region_).dropped;
    if (dropped > reported_)
      region_.log.error("events dropped: the outbox is full", {{"count", std::to_string(dropped - reported_)},
                                                               {"in_all", std::to_string(dropped)}});
    reported_ = dropped;
  }

  Task<> route() {
    reported_ = cloud::outbox_state(region_).dropped;
    while (true) {
      if (defaults_.outdated()) co_await defaults_.ensure_all();
      report_overflow();
      const Routed routed = co_await route_batch(region_);
      if (routed.over_http) posting_->notify();
      const HandedOver handed = co_await hand_over_batch(region_);
      for (const Loss& loss : handed.losses) log_loss(region_.log, loss);
      if (handed.taken > 0 && region_.wake_services) region_.wake_services();
      if (routed.events + routed.ticks + handed.taken > 0 || !handed.losses.empty()) continue;
      co_await routing_->wait(region_.clock, time_to_next());
    }
  }

  milliseconds time_to_next() {
    const Instant now = region_.clock.now();
    Instant next = now + wait_max;
    if (const auto tick = next_tick(region_.database.reader())) next = std::min(next, *tick);
    auto row =
        region_.database.reader().prepare("SELECT MIN(due_ms) FROM event_delivery WHERE over_http = 0");
    if (row.step() && !row.is_null(0)) next = std::min(next, Instant(milliseconds(row.integer(0))));
    return std::max(milliseconds(1), next - now);
  }

  cloud::RegionContext& region_;
  Defaults defaults_;
  std::optional<Notifier> routing_, posting_;  // while it runs
  JsonApi api_;
  std::uint64_t reported_ = 0;  // of the outbox's losses
};

}  // namespace

void require_default_bus(cloud::RegionContext& region, const cloud::ServiceRequest& request,
                         const json::object& given) {
  const std::string bus = optional_text(given, "EventBusName").value_or("default");
  const std::string arn =
      events_arn(region.options.region, request.caller.account.text(), "event-bus/default");
  if (bus != "default" && bus != arn) refuse_unsupported("An event bus other than the default one");
}

std::string require_name(const json::object& given, std::string_view field) {
  std::string name = require_text(given, field);
  if (!has_only(name, ".-_") || name.size() > name_max)
    refuse_value(std::string(field) + " must be 1 to 64 letters, digits or any of . - _");
  return name;
}

EventRule require_rule(cloud::Connection& db, const std::string& account, const std::string& name) {
  auto rule = find_rule(db, account, name);
  if (!rule)
    throw ServiceError{"ResourceNotFoundException", "Rule " + name + " does not exist on EventBus default.",
                       400};
  return std::move(*rule);
}

void refuse_missing(const std::string& what) {
  throw ServiceError{"ResourceNotFoundException", what + " does not exist.", 400};
}

std::unique_ptr<cloud::Service> make_events_service(cloud::RegionContext& region) {
  return std::make_unique<EventsService>(region);
}

}  // namespace s3dr::services
