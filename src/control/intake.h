// The HTTP door of `s3dr serve`: events come in, health goes out.
//   POST /events  one EventBridge envelope, or a JSON array of them; header x-s3dr-event-secret must match
//   GET  /livez   200 while the process works
//   GET  /readyz  200 once our own buckets exist, the first sweep was complete, and while both regions answer
//                 the sweeps; else 503 with `why` ("us-west-2 unreachable since …")
//   GET  /status  heartbeat, queues and dead letters as JSON; needs the secret too
#pragma once

#include <cstddef>

#include "base/http_message.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/task.h"
#include "control/controller.h"

namespace s3dr::control {

struct IntakeOptions {
  Secret event_secret;                       // empty: every event is refused
  std::size_t body_bytes_max = 1024 * 1024;  // 413 above
};

class Intake {
 public:
  // The references outlive the intake.
  Intake(Controller& controller, IntakeOptions options, Log& log);
  // Throws only when cancelled. Status codes:
  //   202  accepted
  //   400  not JSON
  //   401  no secret, or a wrong one
  //   404  no such path
  //   405  wrong method
  //   413  body too large
  //   503  the queue is full, or an edit of rules cannot be noted now: the sender delivers again
  Task<HttpResponse> handle(HttpRequest request);

 private:
  Task<HttpResponse> take_events(HttpRequest& request);
  bool trusted(const HttpRequest& request) const;
  HttpResponse readiness() const;
  HttpResponse status() const;

  Controller& controller_;
  IntakeOptions options_;
  Log& log_;
};

}  // namespace s3dr::control
