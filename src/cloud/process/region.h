// One region of the embedded cloud: its handlers and its background work. A process runs one region
// (region_process.h). The simulation runs several in one thread.
#pragma once

#include <memory>

#include "base/http_message.h"
#include "base/task.h"
#include "cloud/door/service.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

class Region {
 public:
  // Opens the storage: makes the tables, and removes leftover bodies. Raises invalid, corrupt, unavailable.
  Region(boost::asio::any_io_executor executor, RegionOptions options, Storage& storage, GlobalPlane& global,
         http::HttpTransport& transport, Clock& clock, Random& random, Log& log,
         RegionServices services = {});
  ~Region();

  // The public door: S3, S3 Control, and the services of the region. Always answers.
  // Throws only on cancellation.
  Task<HttpResponse> handle(HttpRequest request);
  // The internal door, for the replication of other regions. Refuses the credentials of users.
  Task<HttpResponse> handle_internal(HttpRequest request);
  // The background work: replication, batch jobs, lifecycle rules and the work of the services. Runs until cancelled.
  Task<> run();

  RegionContext& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace s3dr::cloud
