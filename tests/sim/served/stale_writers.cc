// PUTs of rules and policies carry no condition. Here a controller is held for a while just before such a PUT, and
// meanwhile another one moves the protection on to another replica. The late PUT takes effect. The writer must notice, and
// the end must be what the record wants: nothing is lost on the way.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "dr/replication_rule.h"
#include "functions/record_store.h"
#include "sim/served/main_job.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

// Less than the limit of one attempt: else it would be given up, and never arrive.
constexpr milliseconds held = std::chrono::seconds(20), patience = std::chrono::minutes(20);

class Pause {
 public:
  explicit Pause(Log* log) : job_({2, false, log}) {
    // Whichever of the two comes first is held; the other one goes on.
    for (const auto& controller : job_.cluster().controllers()) {
      controller->hook().before = [this](const Call& call) {
        CallVerdict verdict;
        const bool puts = call.method == "PUT" && call.target.find("?replication") != std::string::npos;
        if (puts && std::exchange(armed_, false)) {
          holding_ = true;
          verdict.wait = held;
        }
        return verdict;
      };
      controller->hook().after = [this](const Call& call, int) {
        if (holding_ && call.method == "PUT" && call.target.find("?replication") != std::string::npos)
          ++puts_;
        return CallVerdict();
      };
    }
  }

  void run(MatrixReport& report) {
    armed_ = true;
    job_.start_controllers();
    job_.tag_and_write();
    if (!job_.cluster().run_until([this] { return holding_; }, patience)) throw Failed("no PUT to hold");
    for (const char* name : {"data-1-dr", "data-1-2a196c60-dr"})
      job_.watch().allow(s3::BucketName::parse(name));
    job_.cluster().run(ask_for_new_replica(), "protect --new-replica");
    for (const auto& controller : job_.cluster().controllers())
      job_.cluster().run(look(controller->controller()), "an event");
    const bool moved = job_.cluster().run_until([this] { return is_live_for_second(); }, held);
    report.expect(moved, "stale writer: the other controller did not move on");
    job_.cluster().run_for(held);
    job_.watch().expect_converged({job_.bucket()}, patience);
    const auto record = job_.watch().record(job_.bucket());
    report.expect(record->replica.bucket.text() == "data-1-2a196c60-dr",
                  "stale writer: another replica in the end");
    report.expect(is_live_for_second(), "stale writer: our rule has another destination in the end");
    report.expect(puts_ >= 3, fmt::format("stale writer: {} PUTs only, so none came late", puts_));
    report.summary +=
        fmt::format("a writer held at its PUT while the protection moved on: {} PUTs, generation {}\n", puts_,
                    record->rule.generation);
  }

 private:
  Task<> ask_for_new_replica() {
    Hands& hands = job_.cluster().user();
    co_await functions::request_new_replica(*hands.records, job_.cluster().policy(), job_.bucket(),
                                            job_.cluster().clock(), *hands.random);
  }
  Task<> look(control::Controller& controller) {
    co_await controller.take_event(
        R"({"version":"0","id":"look","source":"aws.s3","detail-type":"AWS API Call via CloudTrail",)"
        R"("account":"111122223333","region":"us-west-2","detail":{"eventSource":"s3.amazonaws.com",)"
        R"("eventName":"PutBucketTagging","requestParameters":{"bucketName":"data-1"}}})");
  }
  bool is_live_for_second() {
    const std::string xml = replication_xml(job_.cluster().source(), job_.bucket().text());
    const std::string ours = rule_text(xml, dr::rule_id(job_.cluster().policy(), job_.bucket()));
    return ours.find("arn:aws:s3:::data-1-2a196c60-dr<") != std::string::npos &&
           has_live_rule(job_.cluster(), job_.bucket());
  }

  MainJob job_;
  bool armed_ = false, holding_ = false;
  int puts_ = 0;
};

}  // namespace

MatrixReport stale_writers(Log* log) {
  MatrixReport report;
  try {
    Pause(log).run(report);
  } catch (const std::exception& error) {
    report.expect(false, std::string("stale writer: ") + error.what());
  }
  return report;
}

}  // namespace s3dr::sim
