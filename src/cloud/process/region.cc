#include "cloud/process/region.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "aws/request_target.h"
#include "base/notifier.h"
#include "base/task_group.h"
#include "cloud/buckets/operations.h"
#include "cloud/door/access_log.h"
#include "cloud/door/answer.h"
#include "cloud/door/document_body.h"
#include "cloud/door/front_door.h"
#include "cloud/door/internal_auth.h"
#include "cloud/door/s3_access.h"
#include "cloud/door/service_door.h"
#include "cloud/events/event_json.h"
#include "cloud/events/event_outbox.h"
#include "cloud/objects/lifecycle_run.h"
#include "cloud/process/router.h"
#include "cloud/process/start_repair.h"
#include "cloud/replication/batch_worker.h"
#include "cloud/replication/peer_bucket.h"
#include "cloud/replication/replica_intake.h"
#include "cloud/replication/replica_message.h"
#include "cloud/replication/replication.h"
#include "cloud/replication/replication_metrics.h"
#include "cloud/store/schema.h"

namespace s3dr::cloud {

struct Region::State {
  State(boost::asio::any_io_executor executor, RegionOptions options, Storage& storage, GlobalPlane& global,
        http::HttpTransport& transport, Clock& clock, Random& random, Log& log, RegionServices given)
      : database(executor, storage, std::string(region_schema) + given.schema),
        replication(executor),
        jobs(executor),
        lifecycle(executor),
        context{std::move(options),
                clock,
                random,
                log,
                database,
                storage.bodies(),
                global,
                transport,
                [this] { replication.notify(); },
                [this] { wake_services(); }} {
    context.wake_jobs = [this] { jobs.notify(); };
    context.wake_lifecycle = [this] { lifecycle.notify(); };
    context.replication_key = global.replication_key(random);
    repair_at_start(context, given.bodies_in_use);
    if (given.make) services = given.make(context);
    for (const auto& service : services) service_names.emplace_back(service->signing_name());
    context.wake_services = [this] { wake_services(); };
  }

  void wake_services() {
    for (const auto& service : services) service->wake();
  }

  Service* find_service(std::string_view name) const {
    for (const auto& service : services) {
      if (service->signing_name() == name) return service.get();
    }
    return nullptr;
  }

  Database database;
  Notifier replication;
  Notifier jobs;
  Notifier lifecycle;
  RegionContext context;
  std::vector<std::unique_ptr<Service>> services;
  std::vector<std::string> service_names;
};

namespace {

// The largest document of an operation whose rights are in its document.
constexpr std::size_t rights_document_bytes_max = 256 * 1024;

// An operation's error, kept until its handler has been left (no co_await in a handler).
struct Failure {
  Error error;
  bool unexpected = false;  // not an s3dr::Error: a defect of ours
};

// The exception being handled; rethrows a cancellation.
Failure current_failure() {
  const std::exception_ptr failure = std::current_exception();
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return {error, false};
  } catch (const std::exception& error) {
    return {Error(ErrorKind::corrupt, error.what()).with_code("InternalError").with_status(500), true};
  }
}

Task<HttpResponse> run_operation(RegionContext& region, Request& request, const Route& route) {
  if (route.body == BodyUse::none) co_await drain_body(request);
  co_return co_await route.operation(region, request);
}

// A failed management call is an event too. If writing the event fails, that is only logged: the caller gets
// the answer of its own call.
Task<> record_failed_call(RegionContext& region, const Request& request, const Error& error) {
  const ManagementEvent event{std::string(request.event_name), request_parameters(request),
                              request.bucket_text, answer_code(error), error.message()};
  try {
    co_await region.database.write([&](Connection& db) { record_event(db, region, request, event); });
  } catch (const Error& failure) {
    if (failure.kind() == ErrorKind::cancelled) throw;
    region.log.error("event of a failed call not recorded", {{"error", failure.what()}});
    co_return;
  }
  region.wake_events();
}

void log_failure(RegionContext& region, const Failure& failure, const AccessRecord& record) {
  const int status = answer_status(failure.error);
  if (status < 500 || status == 501) return;
  const auto level = failure.unexpected || status == 500 ? LogLevel::error : LogLevel::warning;
  region.log.write(level, "request failed",
                   {{"request_id", record.request_id},
                    {"operation", record.operation},
                    {"bucket", record.bucket},
                    {"error", failure.error.what()}});
}

void describe(AccessRecord& record, const Request& request) {
  record.account = request.account.text();
  record.bucket = request.bucket_text;
  record.key = s3::printable(request.key);
  record.payload_mode = request.declared_sha256 ? "sha256" : request.payload_mode;
  record.bytes_in = request.body_length;
  record.presigned = request.presigned;
}

// Everything between admission and the answer.
Task<HttpResponse> serve(RegionContext& region, Request& request, ErrorFrame frame, AccessRecord& record) {
  const Route* route = nullptr;
  std::optional<Failure> failure;
  HttpResponse response;
  try {
    route = &route_of(request);
    record.operation = route->name;
    request.event_name = route->event.empty() ? route->name : route->event;
    if (route->rights_in_body)
      co_await read_document(request, rights_document_bytes_max, Integrity::optional);
    authorize(region, *route, request);
    response = co_await run_operation(region, request, *route);
  } catch (...) {
    failure = current_failure();
  }
  record.bucket = request.bucket_text;  // S3 Control finds it in the path
  if (!failure) {
    add_cors_headers(region, request, response);
    co_return response;
  }
  log_failure(region, *failure, record);
  if (route != nullptr && route->records_event) {
    co_await record_failed_call(region, request, failure->error);
  }
  record.error_code = answer_code(failure->error);
  if (!request.caller.arn.empty()) frame.bucket = request.bucket_text;
  response = error_answer(failure->error, frame);
  add_cors_headers(region, request, response);
  co_return response;
}

using Worker = std::function<Task<>()>;

// A full disk or an unreadable row must not end background work forever. A defect must be visible.
Task<> keep_running(RegionContext& region, std::string name, Worker worker) {
  while (true) {
    try {
      co_await worker();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      region.log.error("background work failed, to be resumed", {{"work", name}, {"error", error.what()}});
    }
    co_await region.clock.sleep(region.options.retry_cap);
  }
}

}  // namespace

Region::Region(boost::asio::any_io_executor executor, RegionOptions options, Storage& storage,
               GlobalPlane& global, http::HttpTransport& transport, Clock& clock, Random& random, Log& log,
               RegionServices services)
    : state_(std::make_unique<State>(std::move(executor), std::move(options), storage, global, transport,
                                     clock, random, log, std::move(services))) {}

Region::~Region() = default;

RegionContext& Region::context() {
  return state_->context;
}

Task<HttpResponse> Region::handle(HttpRequest http) {
  RegionContext& region = state_->context;
  const milliseconds started = region.clock.uptime();
  RequestIds ids = new_request_ids(region.random);
  ErrorFrame frame;
  frame.method = http.method;
  frame.resource = std::string(aws::split_target(http.target).path);
  frame.request_id = ids.request_id;
  frame.host_id = ids.host_id;
  AccessRecord record;
  record.time = region.clock.now();
  record.request_id = ids.request_id;
  record.method = http.method;
  record.tls = http.tls;
  record.source_address = http.remote_address;
  record.user_agent = std::string(http.headers.get_or("user-agent", ""));

  HttpResponse response;
  if (const auto service = addressed_service(http, state_->service_names)) {
    response =
        co_await serve_service(region, state_->find_service(*service), std::move(http), *service, record);
  } else if (auto admitted = admit(region, http, std::move(ids)); admitted) {
    describe(record, *admitted);
    response = co_await serve(region, *admitted, frame, record);
  } else {
    frame.extra = std::move(admitted.error().extra);
    log_failure(region, {admitted.error().error, false}, record);
    record.error_code = answer_code(admitted.error().error);
    response = error_answer(admitted.error().error, frame);
  }
  add_common_headers(response, frame, region.clock.now());
  record.status = response.status;
  record.bytes_out = response.body.length();
  record.duration = region.clock.uptime() - started;
  if (region.options.access_log) region.options.access_log->write(record);
  co_return response;
}

Task<HttpResponse> Region::handle_internal(HttpRequest http) {
  RegionContext& region = state_->context;
  ErrorFrame frame;
  frame.method = http.method;
  HttpResponse response;
  std::optional<Failure> failure;
  try {
    check_internal(region, http);
    const std::string path(aws::split_target(http.target).path);
    if (http.method == "GET" && path.starts_with(peer_bucket_path)) {
      response = answer_peer_bucket(region, path.substr(peer_bucket_path.size()));
    } else if (http.method == "PUT" && path.starts_with(replica_path)) {
      response = co_await take_replica(region, std::move(http), path.substr(replica_path.size()));
    } else if (http.method == "POST" && path == replication_metrics_path) {
      response = co_await take_metrics_message(region, std::move(http));
    } else {
      throw refuse("NotImplemented", "There is no such internal operation.");
    }
  } catch (...) {
    failure = current_failure();
  }
  if (!failure) co_return response;
  region.log.warning("internal request refused", {{"error", failure->error.what()}});
  co_return error_answer(failure->error, frame);
}

Task<> Region::run() {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  RegionContext& region = state_->context;
  State& state = *state_;
  std::vector<std::pair<std::string, Worker>> workers = {
      {"replication", [&] { return run_replication(region, state.replication); }},
      {"replication metrics", [&] { return run_replication_metrics(region); }},
      {"batch jobs", [&] { return run_batch_jobs(region, state.jobs); }},
      {"lifecycle", [&] { return run_lifecycle(region, state.lifecycle); }}};
  for (const auto& service : state.services) {
    if (service->works())
      workers.emplace_back(service->signing_name(), [&service] { return service->run(); });
  }
  const auto start = [&](std::pair<std::string, Worker> worker) {
    return asio::co_spawn(executor, keep_running(region, std::move(worker.first), std::move(worker.second)),
                          asio::deferred);
  };
  std::vector<decltype(start(workers.front()))> running;
  for (auto& worker : workers) running.push_back(start(std::move(worker)));
  // None of them ends by itself: the first to end tells why all of them do.
  const auto [order, failures] = co_await asio::experimental::make_parallel_group(std::move(running))
                                     .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  std::rethrow_exception(failures.at(order.at(0)));
}

}  // namespace s3dr::cloud
