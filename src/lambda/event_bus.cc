#include "lambda/event_bus.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "lambda/input.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* field = object.if_contains(name);
  const json::string* text = field == nullptr ? nullptr : field->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

// The bus's answer about one entry. Codes: docs/protocol/function-host.md.
ErrorKind kind_of(std::string_view code) {
  if (code == "ThrottlingException" || code == "ThrottledException") return ErrorKind::throttled;
  if (code == "InternalFailure" || code == "InternalException" || code == "InternalError")
    return ErrorKind::unavailable;
  if (code == "AccessDeniedException" || code == "NotAuthorizedForSourceException" ||
      code == "NotAuthorizedForDetailTypeException")
    return ErrorKind::denied;
  return ErrorKind::invalid;
}

struct Rest {
  std::vector<BusEvent> events;  // worth putting again
  std::optional<Error> failure;  // of the last entry that was not taken
};

// What an answer with status 200 says about its entries.
Rest rest_of(std::string_view body, std::vector<BusEvent> sent) {
  const auto not_understood = [] {
    return Error(ErrorKind::corrupt, "the answer to PutEvents is not understood")
        .with_resource("events:PutEvents");
  };
  json::error_code bad;
  const json::value answer = json::parse(body, bad);
  const json::object* object = bad ? nullptr : answer.if_object();
  const json::value* entries = object == nullptr ? nullptr : object->if_contains("Entries");
  if (entries == nullptr || !entries->is_array() || entries->get_array().size() != sent.size())
    throw not_understood();
  Rest rest;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const json::object* entry = entries->get_array()[i].if_object();
    if (entry == nullptr) throw not_understood();
    const std::string code = text_of(*entry, "ErrorCode");
    if (code.empty()) continue;
    Error failure(kind_of(code), "an event was not taken: " + text_of(*entry, "ErrorMessage"));
    failure.with_code(code).with_resource("events:PutEvents");
    if (!may_repeat(failure, Repeatable::always)) throw failure;
    rest.failure = failure;
    rest.events.push_back(std::move(sent[i]));
  }
  return rest;
}

class DefaultBus : public EventBus {
 public:
  DefaultBus(client::ServiceClient& client, RetryPolicy retry) : client_(client), retry_(retry) {}

  Task<> put(std::vector<BusEvent> events) override {
    for (std::size_t at = 0; at < events.size(); at += events_per_call_max) {
      const std::size_t end = std::min(events.size(), at + events_per_call_max);
      std::vector<BusEvent> batch;
      for (std::size_t i = at; i < end; ++i) batch.push_back(std::move(events[i]));
      co_await put_batch(std::move(batch));
    }
  }

 private:
  Task<> put_batch(std::vector<BusEvent> batch) {
    for (int repeat = 0;; ++repeat) {
      json::array entries;
      for (const BusEvent& event : batch) {
        entries.push_back({{"Source", event_source},
                           {"DetailType", event.detail_type},
                           {"Detail", event.detail},
                           {"EventBusName", "default"}});
      }
      const json::value body = json::object{{"Entries", std::move(entries)}};
      // If an event is on the bus twice, its bucket is looked at twice. That is harmless.
      client::ServiceCall call =
          client::json_call("events", "AWSEvents.PutEvents", body, "1.1", Repeatable::always);
      const client::ServiceAnswer answer = co_await client_.require(std::move(call));
      Rest rest = rest_of(answer.body, std::move(batch));
      if (!rest.failure) co_return;
      if (repeat + 1 >= retry_.attempts_max) throw *rest.failure;
      batch = std::move(rest.events);
      co_await client_.clock().sleep(retry_delay(retry_, repeat, client_.random()));
    }
  }

  client::ServiceClient& client_;
  RetryPolicy retry_;
};

}  // namespace

std::unique_ptr<EventBus> make_event_bus(client::ServiceClient& client, RetryPolicy retry) {
  return std::make_unique<DefaultBus>(client, retry);
}

}  // namespace s3dr::lambda
