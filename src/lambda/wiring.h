// From settings to ports: the S3 clients of the source and of each destination, the stores and topics on top of
// them, the event bus. Nothing is sent before the first call. So an event that is refused costs no name lookup and no parsing
// of certificates.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

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
  // All references outlive it.
  Wiring(http::HttpTransport& transport, Settings settings, Clock& clock, Random& random, Log& log);
  ~Wiring();

  // One for each protection, in the order of the settings. They share what their destinations have in common.
  std::vector<functions::Context> contexts();
  functions::Context context(std::size_t protection = 0);
  EventBus& bus();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The transport for all connections. `ca_bundle`: the file of authorities to trust, unless the settings bring
// their own. Raises nothing. The first request raises what is wrong with the authorities.
std::unique_ptr<http::HttpTransport> make_late_transport(boost::asio::any_io_executor executor,
                                                         const Settings& settings, std::string ca_bundle,
                                                         Clock& clock);

// The file of authorities to trust: Amazon Linux's own if it is there, else the one in `program_folder`,
// which comes with the program.
std::string choose_ca_bundle(const std::string& program_folder);

}  // namespace s3dr::lambda
