#include "cloud/services/lambda/lambda_queue.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <utility>

#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/common/service_ids.h"
#include "cloud/services/common/targets.h"
#include "cloud/services/lambda/function_role.h"
#include "cloud/store/row_counts.h"

namespace s3dr::services {
namespace json = boost::json;

struct LambdaQueue::Due {
  std::string id, payload;
  std::int64_t function = 0;
  Instant queued{};
  int attempts = 0;
  int held_up = 0;
};

// Why the queue gives up an invocation.
struct LambdaQueue::Ending {
  std::string condition;  // "RetriesExhausted", "EventAgeExceeded"
  int status = 200;       // 200: the function ran and failed
  std::string message;
  std::string response;  // of the function, JSON; empty: it did not run
};

namespace {

constexpr milliseconds wait_max{60'000};
constexpr milliseconds age_max{6 * 3'600'000};
constexpr std::size_t error_message_bytes_max = 1024;

std::int64_t ms(Instant instant) {
  return instant.time_since_epoch().count();
}

// What PutFunctionEventInvokeConfig says, or the defaults.
struct Settings {
  int retries_max = 2;
  milliseconds age = age_max;
  std::string on_failure, on_success;

  static Settings of(const FunctionRow& function) {
    Settings result;
    if (function.event_invoke.empty()) return result;
    const json::object given = json::parse(function.event_invoke).as_object();
    if (const json::value* retries = given.if_contains("MaximumRetryAttempts"))
      result.retries_max = static_cast<int>(retries->as_int64());
    if (const json::value* age = given.if_contains("MaximumEventAgeInSeconds"))
      result.age = std::chrono::seconds(age->as_int64());
    const json::value* destinations = given.if_contains("DestinationConfig");
    const json::value* failure =
        destinations == nullptr ? nullptr : destinations->as_object().if_contains("OnFailure");
    const json::value* arn = failure == nullptr ? nullptr : failure->as_object().if_contains("Destination");
    if (arn != nullptr) result.on_failure = std::string(arn->as_string());
    return result;
  }
};

json::value parsed_or_text(const std::string& text) {
  json::error_code malformed;
  json::parse_options options;
  options.max_depth = 1000;
  json::value value = json::parse(text, malformed, {}, options);
  return malformed ? json::value(text) : value;
}

std::string error_message_of(const std::string& response) {
  const json::value value = parsed_or_text(response);
  const json::value* message = value.is_object() ? value.get_object().if_contains("errorMessage") : nullptr;
  return message != nullptr && message->is_string() ? std::string(message->get_string()) : response;
}

void count(cloud::Connection& db, std::string_view name) {
  db.prepare(
        "INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1")
      .bind(name)
      .run();
}

}  // namespace

void LambdaQueue::wake() {
  if (wakeup_) wakeup_->notify();
}

Task<> LambdaQueue::add(std::int64_t function, std::string id, std::string payload) {
  const Instant now = region_.clock.now();
  co_await region_.database.write([&](cloud::Connection& db) {
    if (cloud::row_count(db, "lambda_invocation") >= options_.invocations_max)
      throw ServiceError{"TooManyRequestsException", "The queue of asynchronous invocations is full.", 429};
    if (!find_function(db, function))
      throw ServiceError{"ResourceNotFoundException", "The function was deleted.", 404};
    db.prepare(
          "INSERT INTO lambda_invocation (id, function, payload, queued_ms, due_ms) VALUES (?, ?, ?, ?, ?)")
        .bind(id, function, payload, ms(now), ms(now))
        .run();
  });
  wake();
}

std::vector<LambdaQueue::Due> LambdaQueue::due(std::size_t room) const {
  std::vector<Due> result;
  if (room == 0) return result;
  auto rows = region_.database.reader().prepare(
      "SELECT id, function, payload, queued_ms, attempts, held_up FROM lambda_invocation WHERE due_ms <= ? "
      "ORDER "
      "BY due_ms, id LIMIT ?");
  rows.bind(ms(region_.clock.now()), in_flight_.size() + room);
  while (result.size() < room && rows.step()) {
    if (in_flight_.contains(rows.text(0))) continue;
    result.push_back({rows.text(0), rows.text(2), rows.integer(1), Instant(milliseconds(rows.integer(3))),
                      static_cast<int>(rows.integer(4)), static_cast<int>(rows.integer(5))});
  }
  return result;
}

milliseconds LambdaQueue::time_to_next() const {
  const Instant now = region_.clock.now();
  auto row = region_.database.reader().prepare("SELECT MIN(due_ms) FROM lambda_invocation WHERE due_ms > ?");
  row.bind(ms(now));
  if (!row.step() || row.is_null(0)) return wait_max;
  return std::clamp(milliseconds(row.integer(0) - ms(now)), milliseconds(1), wait_max);
}

Task<> LambdaQueue::run() {
  const auto executor = co_await boost::asio::this_coro::executor;
  wakeup_.emplace(executor);
  in_flight_.clear();
  TaskGroup attempts(executor);
  co_await with_clean_up(work(attempts), [&attempts] { return attempts.cancel_and_join(); });
}

Task<> LambdaQueue::work(TaskGroup& attempts) {
  while (true) {
    for (Due& next : due(options_.concurrency_max - std::min(options_.concurrency_max, in_flight_.size()))) {
      in_flight_.insert(next.id);
      attempts.spawn(attempt(std::move(next)));
    }
    co_await wakeup_->wait(region_.clock, time_to_next());
  }
}

Task<> LambdaQueue::attempt(Due due) {
  std::optional<std::string> failure;
  try {
    co_await try_once(due);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    failure = error.what();
  }
  if (failure) {
    // Its row could not be changed, so it is still due.
    // It waits first: on a full disk it would be tried without end.
    region_.log.error("outcome of an asynchronous invocation not recorded",
                      {{"request_id", due.id}, {"error", *failure}});
    co_await region_.clock.sleep(options_.held_up_base);
  }
  in_flight_.erase(due.id);
  wake();
}

Task<> LambdaQueue::try_once(const Due& due) {
  const auto function = find_function(region_.database.reader(), due.function);
  if (!function) co_return;  // its invocations went with it
  const Settings settings = Settings::of(*function);
  std::optional<ServiceError> refusal;
  InvocationResult result;
  try {
    result = co_await invoker_.invoke(*function, Invocation{due.id, due.payload, ""});
  } catch (const ServiceError& error) {
    refusal = error;
  }
  // As on AWS, the running time counts: an event is too old if its next attempt would be too late.
  const milliseconds age = region_.clock.now() - due.queued;
  if (!refusal && !result.function_failed) {
    co_await region_.database.write([&due](cloud::Connection& db) {
      db.prepare("DELETE FROM lambda_invocation WHERE id = ?").bind(due.id).run();
    });
    co_return;
  }
  milliseconds delay;
  Ending ending;
  if (refusal) {
    ending = {"EventAgeExceeded", refusal->status, refusal->message, ""};
    delay = std::min(options_.held_up_cap, options_.held_up_base * (1 << std::min(due.held_up, 20)));
    region_.log.debug("asynchronous invocation held up",
                      {{"function", function->name}, {"request_id", due.id}, {"error", refusal->message}});
  } else {
    ending = {"RetriesExhausted", 200, error_message_of(result.payload), result.payload};
    if (due.attempts >= settings.retries_max) {
      co_await give_up(due, *function, ending);
      co_return;
    }
    const auto nth =
        std::min<std::size_t>(static_cast<std::size_t>(due.attempts), options_.retry_delays.size() - 1);
    delay = options_.retry_delays.empty() ? milliseconds(0) : options_.retry_delays[nth];
    ending.condition = "EventAgeExceeded";
  }
  if (age + delay > settings.age) {
    co_await give_up(due, *function, ending);
  } else {
    co_await postpone(due, !refusal, delay);
  }
}

Task<> LambdaQueue::postpone(const Due& due, bool function_error, milliseconds delay) {
  const Instant at = region_.clock.now() + delay;
  co_await region_.database.write([&](cloud::Connection& db) {
    db.prepare(function_error
                   ? "UPDATE lambda_invocation SET due_ms = ?, attempts = attempts + 1 WHERE id = ?"
                   : "UPDATE lambda_invocation SET due_ms = ?, held_up = held_up + 1 WHERE id = ?")
        .bind(ms(at), due.id)
        .run();
  });
}

Task<> LambdaQueue::give_up(const Due& due, const FunctionRow& function, Ending ending) {
  const Instant now = region_.clock.now();
  const int invoked = due.attempts + (ending.response.empty() ? 0 : 1);
  std::vector<Delivery> letters;
  if (const json::value* config = function.configuration.if_contains("DeadLetterConfig")) {
    Delivery letter;
    letter.target_arn = std::string(config->as_object().at("TargetArn").as_string());
    letter.payload = due.payload;
    letter.attributes = {
        {"RequestID", due.id},
        {"ErrorCode", std::to_string(ending.status)},
        {"ErrorMessage", std::string(whole_characters(ending.message, error_message_bytes_max))}};
    letters.push_back(std::move(letter));
  }
  if (const std::string destination = Settings::of(function).on_failure; !destination.empty()) {
    json::object envelope{{"version", "1.0"},
                          {"timestamp", to_iso8601(now)},
                          {"requestContext", json::object{{"requestId", due.id},
                                                          {"functionArn", function.arn() + ":$LATEST"},
                                                          {"condition", ending.condition},
                                                          {"approximateInvokeCount", invoked}}},
                          {"requestPayload", parsed_or_text(due.payload)}};
    if (!ending.response.empty()) {
      envelope["responseContext"] =
          json::object{{"statusCode", 200}, {"executedVersion", "$LATEST"}, {"functionError", "Unhandled"}};
      envelope["responsePayload"] = parsed_or_text(ending.response);
    }
    Delivery letter;
    letter.target_arn = destination;
    letter.payload = json::serialize(envelope);
    letters.push_back(std::move(letter));
  }
  // A dead letter is sent under the function's role.
  const std::size_t wanted = letters.size();
  std::erase_if(letters, [&](const Delivery& letter) {
    const auto why = why_role_may_not_send(region_, describe(function), letter.target_arn);
    if (why) region_.log.error("dead letter not sent", {{"function", function.arn()}, {"error", *why}});
    return why.has_value();
  });
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < letters.size(); ++i) ids.push_back(new_uuid(region_.random));

  const std::size_t taken = co_await region_.database.write([&](cloud::Connection& db) {
    std::size_t handed = 0;
    db.prepare("DELETE FROM lambda_invocation WHERE id = ?").bind(due.id).run();
    for (std::size_t i = 0; i < letters.size(); ++i) {
      if (hand_over_as_owner(db, letters[i], now, ids[i]) == Handed::taken) ++handed;
    }
    if (handed < wanted) count(db, "lambda_dead_letter_errors");
    if (handed == 0) count(db, "lambda_invocations_dropped");
    return handed;
  });
  const std::vector<LogField> fields = {{"function", function.arn()},
                                        {"request_id", due.id},
                                        {"condition", ending.condition},
                                        {"dead_letters", std::to_string(taken)}};
  if (taken == wanted) {
    region_.log.warning("asynchronous invocation given up", fields);
  } else {
    region_.log.error("asynchronous invocation given up, its dead letter not taken", fields);
  }
  if (region_.wake_services) region_.wake_services();
}

}  // namespace s3dr::services
