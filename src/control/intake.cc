#include "control/intake.h"

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"
#include "dr/observed.h"

namespace s3dr::control {
namespace json = boost::json;
namespace {

HttpResponse answer(int status, json::object body) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = Body(json::serialize(body) + "\n");
  return response;
}

HttpResponse refuse(int status, std::string_view why) {
  return answer(status, {{"error", why}});
}

json::object describe(const WorkQueue& queue) {
  json::array dead;
  for (const DeadLetter& letter : queue.dead_letters()) {
    json::object told{
        {"bucket", letter.message.bucket.text()}, {"why", letter.why}, {"at", to_iso8601(letter.at)}};
    if (letter.message.protection != dr::default_protection_name)
      told["protection"] = letter.message.protection;
    dead.push_back(std::move(told));
  }
  return {{"waiting", queue.waiting()}, {"handled", queue.handled()}, {"dead_letters", std::move(dead)}};
}

// null: not swept yet.
json::value heartbeat_json(const std::optional<dr::Heartbeat>& heartbeat) {
  return heartbeat ? json::parse(dr::to_json(*heartbeat)) : json::value();
}

}  // namespace

Intake::Intake(Controller& controller, IntakeOptions options, Log& log)
    : controller_(controller), options_(std::move(options)), log_(log) {}

Task<HttpResponse> Intake::handle(HttpRequest request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const bool reading = request.method == "GET" || request.method == "HEAD";
  if (path == "/livez" || path == "/readyz" || path == "/status") {
    if (!reading) co_return refuse(405, "only GET");
    if (path == "/livez") co_return answer(200, {{"live", true}});
    if (path == "/readyz") co_return readiness();
    if (!trusted(request)) co_return refuse(401, "the x-s3dr-event-secret header is missing or wrong");
    co_return status();
  }
  if (path != "/events") co_return refuse(404, "there is /events, /livez, /readyz and /status");
  if (request.method != "POST") co_return refuse(405, "only POST");
  if (!trusted(request)) {
    log_.warning("event refused: no or wrong secret", {{"from", request.remote_address}});
    co_return refuse(401, "the x-s3dr-event-secret header is missing or wrong");
  }
  co_return co_await take_events(request);
}

bool Intake::trusted(const HttpRequest& request) const {
  const auto given = request.headers.get("x-s3dr-event-secret");
  return given && !options_.event_secret.empty() &&
         constant_time_equal(*given, options_.event_secret.reveal());
}

HttpResponse Intake::readiness() const {
  const std::string why = controller_.why_not_ready();
  if (why.empty()) return answer(200, {{"ready", true}});
  return answer(503, {{"ready", false}, {"why", why}});
}

HttpResponse Intake::status() const {
  const auto heartbeats = controller_.heartbeats();
  const json::value heartbeat = heartbeat_json(heartbeats.front().heartbeat);
  json::object others;  // by control bucket
  for (std::size_t i = 1; i < heartbeats.size(); ++i)
    others[heartbeats[i].control_bucket.text()] = heartbeat_json(heartbeats[i].heartbeat);
  const std::string why = controller_.why_not_ready();
  json::object body{{"ready", why.empty()},
                    {"why_not_ready", why},
                    {"heartbeat", heartbeat},
                    {"source_bucket_check", describe(controller_.source_queue())},
                    {"destination_bucket_check", describe(controller_.destination_queue())},
                    {"enable_replication", describe(controller_.enable_queue())}};
  if (!others.empty()) body["other_heartbeats"] = std::move(others);
  return answer(200, std::move(body));
}

Task<HttpResponse> Intake::take_events(HttpRequest& request) {
  const auto length = request.body.length();
  if (length && *length > options_.body_bytes_max) co_return refuse(413, "the body is too large");
  std::string text;
  std::string failure;
  try {
    text = co_await request.body.read_all(options_.body_bytes_max);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    failure = error.message();
  }
  if (!failure.empty()) co_return refuse(413, failure);

  json::error_code bad;
  json::parse_options limits;
  limits.max_depth = 64;
  const json::value value = json::parse(text, bad, {}, limits);
  if (bad) co_return refuse(400, "the body is not JSON");
  std::vector<std::string> envelopes;
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) envelopes.push_back(json::serialize(item));
  } else {
    envelopes.push_back(std::move(text));
  }
  std::size_t queued = 0;
  try {
    for (std::string& envelope : envelopes) queued += co_await controller_.take_event(std::move(envelope));
  } catch (const Error& error) {
    if (!dr::is_transient(error.kind())) throw;
    failure = error.message();
  }
  if (!failure.empty()) co_return refuse(503, failure);
  co_return answer(202, {{"queued", queued}});
}

}  // namespace s3dr::control
