// From settings to ports: the S3 clients of both regions, the stores and topics on top of them, the event
// bus. Nothing here goes out before the first call: no name is looked up and no certificate parsed for an
// event that is refused.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "functions/context.h"
#include "lambda/environment.h"
#include "lambda/event_bus.h"

namespace s3dr::lambda {

class Wiring {
 public:
  // `clock`, `random` and `log` outlive it. `ca_bundle`: the file of authorities to trust; unused when the
  // settings bring their own.
  Wiring(boost::asio::any_io_executor executor, Settings settings, std::string ca_bundle, Clock& clock,
         Random& random, Log& log);
  ~Wiring();

  functions::Context context();
  EventBus& bus();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The authorities to trust: Amazon Linux's own if they are there, else those that came with the program, in
// `program_folder`.
std::string choose_ca_bundle(const std::string& program_folder);

}  // namespace s3dr::lambda
