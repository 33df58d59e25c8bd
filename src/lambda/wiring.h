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
#include "http/transport.h"
#include "lambda/environment.h"
#include "lambda/event_bus.h"

namespace s3dr::lambda {

class Wiring {
 public:
  // The references outlive it.
  Wiring(http::HttpTransport& transport, Settings settings, Clock& clock, Random& random, Log& log);
  ~Wiring();

  functions::Context context();
  EventBus& bus();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The connections of all of it. `ca_bundle`: the file of authorities to trust; unused when the settings bring
// their own. Raises nothing; what is wrong with the authorities is raised by the first request.
std::unique_ptr<http::HttpTransport> make_late_transport(boost::asio::any_io_executor executor,
                                                         const Settings& settings, std::string ca_bundle,
                                                         Clock& clock);

// The authorities to trust: Amazon Linux's own if they are there, else those that came with the program, in
// `program_folder`.
std::string choose_ca_bundle(const std::string& program_folder);

}  // namespace s3dr::lambda
