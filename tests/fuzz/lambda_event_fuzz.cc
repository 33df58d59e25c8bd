// libFuzzer: any bytes as the event of each of the three functions, through the whole handler over a world
// with one tagged bucket. Never a crash, never an endless run; the result is JSON, what asks for nothing
// makes no call, and no event makes anything but what the tag asks for.
// tests/unit/lambda/malformed_input_test.cc has the cases by name.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lambda/handler.h"
#include "support/fake_ports.h"
#include "support/manual_clock.h"

namespace {

using namespace s3dr;

void check(bool holds) {
  if (!holds) std::abort();
}

class CountingBus : public lambda::EventBus {
 public:
  Task<> put(std::vector<lambda::BusEvent> events) override {
    for (const lambda::BusEvent& event : events) boost::json::parse(event.detail);
    co_return;
  }
};

const s3::BucketName tagged = s3::BucketName::parse("ledger"),
                     its_replica = s3::BucketName::parse("ledger-dr");

void check_world(const test::ModelWorld& world) {
  for (const auto& [name, bucket] : world.buckets) check(name == tagged || name == its_replica);
  const test::ModelBucket& source = world.buckets.at(tagged);
  check(source.tags == s3::TagSet{{"dr", "true"}});
  if (!source.replication) return;
  check(source.replication->rules.size() == 1);
  check(source.replication->rules[0].status == s3::Switch::enabled);  // also after a forged "pause"
}

void handle(test::FakePorts& ports, dr::Function function, const std::string& event) {
  ports.forget_calls();
  test::ManualClock clock;
  CountingBus bus;
  lambda::JsonLog log(clock, LogLevel::debug, [](const std::string& line) { boost::json::parse(line); });
  lambda::Handler handler(function, {ports.context(clock, log)}, bus, log);
  lambda::Invocation invocation;
  invocation.request_id = "r-1";
  invocation.event = event;
  std::optional<lambda::Reply> reply;
  std::exception_ptr failure;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, handler.handle(invocation), [&](std::exception_ptr thrown, lambda::Reply given) {
    failure = thrown;
    reply = std::move(given);
  });
  for (int i = 0; !reply; ++i) {
    check(i < 10'000);
    while (io.poll() > 0) io.restart();
    io.restart();
    if (!reply) clock.advance(milliseconds(100));
  }
  while (io.poll() > 0) io.restart();
  check(!failure);
  boost::json::parse(reply->result);
  check_world(ports.world);
  const lambda::Input input = lambda::read_input(function, {ports.world.policy}, event, "r-1");
  if (input.messages.empty() && !input.sweep) check(ports.calls.empty() && !reply->failure);
  if (input.messages.empty() && !input.sweep) check(!input.refused.empty() || !input.ignored.empty());
  if (input.sweep) {
    const std::string again = std::string(R"({"source":"s3dr","detail-type":"Sweep","detail":)") +
                              lambda::to_detail(*input.sweep) + "}";
    check(lambda::read_input(function, {ports.world.policy}, again, "r-1").sweep == input.sweep);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string event(reinterpret_cast<const char*>(data), size);
  // One world for all three, so that each finds what the one before has made, up to a rule that is live.
  test::FakePorts ports;
  ports.world.add_source(tagged, {{"dr", "true"}}).versioning = s3::Versioning::enabled;
  for (const dr::Function function :
       {dr::Function::source_bucket_check, dr::Function::destination_bucket_check,
        dr::Function::enable_replication}) {
    handle(ports, function, event);
  }
  return 0;
}
