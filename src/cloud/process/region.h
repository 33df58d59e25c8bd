// One region of the embedded cloud: its handlers and its background work. A process runs one
// (region_process.h); the simulation mounts several in one thread.
#pragma once

#include <memory>

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/door/service.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

class Region {
 public:
  // Opens the storage (schema, sweep of leftover bodies). Raises invalid/corrupt/unavailable.
  Region(boost::asio::any_io_executor executor, RegionOptions options, Storage& storage, GlobalPlane& global,
         http::HttpTransport& transport, Clock& clock, Random& random, Log& log,
         RegionServices services = {});
  ~Region();

  // The public door: S3, S3 Control, and the services the region was given. Always answers; never throws
  // except for cancellation.
  Task<HttpResponse> handle(HttpRequest request);
  // The internal door for other regions' replication; user credentials are refused here.
  Task<HttpResponse> handle_internal(HttpRequest request);
  // Replication, batch jobs and the services' work; runs until cancelled.
  Task<> run();

  RegionContext& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace s3dr::cloud
