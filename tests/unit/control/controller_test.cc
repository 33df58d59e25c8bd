// What `/readyz` says of the sweep. The controller's work is tested by the simulation (tests/sim).
#include "control/controller.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>

#include "support/fake_object_store.h"
#include "support/fake_ports.h"

namespace s3dr::control {
namespace {

struct Readiness : testing::Test {
  boost::asio::io_context io;
  test::FakePorts ports;
  test::FakeObjectStore source_objects, replica_objects;
  test::ManualClock clock;
  test::Outcome run;
  std::unique_ptr<Controller> controller;

  ~Readiness() override {
    run.cancel();
    test::settle(io);
    EXPECT_TRUE(run.ended);
  }
  void start() {
    const functions::Context context = ports.context();
    std::vector<ControlledProtection> protections;
    protections.push_back({ports.world.policy, context.destination, context.records, replica_objects});
    controller = std::make_unique<Controller>(
        io.get_executor(), std::move(protections),
        ControllerPorts{context.source, context.jobs, source_objects, clock, *ports.random, *ports.log},
        ControllerOptions{});
    test::start(io, controller->run(), run);
    test::settle(io);
  }
};

TEST_F(Readiness, EndsWhenTheSweepGivesNoSignOfLife) {
  start();
  EXPECT_EQ(controller->why_not_ready(), "");
  // Nothing runs meanwhile: the sweep hangs.
  clock.advance(3 * ControllerOptions{}.sweep_interval);
  EXPECT_EQ(controller->why_not_ready(), "");
  clock.advance(milliseconds(1));
  EXPECT_EQ(controller->why_not_ready(), "no sign of life of the sweep since 00:00:00 UTC");
  test::settle(io);
  EXPECT_EQ(controller->why_not_ready(), "");
}

TEST_F(Readiness, EndsWhenARegionAnswersWithAnErrorAndThatSweepIsNotComplete) {
  const Instant began = clock.now();
  start();
  ports.before = [&](const test::Call& call) {
    if (call.name == "records.list") throw Error(ErrorKind::unavailable, "busy").with_status(503);
  };
  clock.advance(ControllerOptions{}.sweep_interval);
  test::settle(io);
  EXPECT_NE(controller->why_not_ready().find("refuses the sweep"), std::string::npos)
      << controller->why_not_ready();
  ASSERT_EQ(controller->heartbeats().size(), 1U);
  ASSERT_TRUE(controller->heartbeats()[0].heartbeat);
  EXPECT_EQ(controller->heartbeats()[0].heartbeat->complete_at, began);
}

}  // namespace
}  // namespace s3dr::control
