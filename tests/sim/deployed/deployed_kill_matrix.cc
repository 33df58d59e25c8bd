#include <fmt/format.h>

#include <algorithm>

#include "sim/deployed/deployed_scenario.h"
#include "sim/world/matrix.h"

namespace s3dr::sim {
namespace {

constexpr milliseconds converge_max = std::chrono::minutes(20);

const s3::BucketName& data() {
  static const auto name = s3::BucketName::parse("data-1");
  return name;
}

Task<> tag_and_write(DeployedJob& job) {
  User& user = job.user();
  co_await user.tag(data());
  for (const char* key : {"a", "b/c", "a", "../g"}) {
    co_await user.put(data(), key);
    co_await job.cluster().clock().sleep(milliseconds(300));
  }
  co_await user.remove(data(), "b/c");
}

Task<> make_history(User& user) {
  co_await user.make_bucket(data());
  for (const char* key : {"a", "d//e", "z"}) co_await user.put(data(), key);
}

struct Told {
  std::uint64_t calls = 0, answers = 0, killed = 0, letters = 0;
  std::string end, killed_at;
};

// A bucket with a history is tagged while objects arrive; one call of the functions is the last of its
// process.
Told play(std::uint64_t kill_at, bool before, Log* log) {
  DeployedJob job({1, log, false, {}});
  job.deploy();
  job.watch().add_source(data());
  job.cluster().run(make_history(job.user()), "history");
  job.settle(converge_max);
  FunctionWatch& functions = job.functions();
  functions.keep_calls = true;
  const std::uint64_t first = functions.calls, first_answer = functions.answers;
  functions.kill_at = kill_at == 0 ? 0 : (before ? first : first_answer) + kill_at;
  functions.kill_before = before;
  job.cluster().run(tag_and_write(job), "tagging and writing");
  job.converge({data()}, converge_max);
  job.settle(converge_max);
  judge_deliveries(job);
  Told told{functions.calls - first, functions.answers - first_answer,
            functions.killed,        job.dead_letters().size(),
            job.end_state(),         ""};
  const auto record = job.watch().record(data());
  told.end += fmt::format("\ngeneration {} ordinal {}", record->rule.generation, record->replica_ordinal);
  for (const JobRow& row : jobs(job.cluster().source())) told.end += "\njob " + row.status;
  if (kill_at != 0 && functions.killed > 0)
    told.killed_at = (before ? functions.call_names : functions.answer_names).at(kill_at - 1);
  return told;
}

}  // namespace

MatrixReport deployed_kill_matrix(std::uint64_t every, Log* log) {
  MatrixReport report;
  Told clean;
  try {
    clean = play(0, true, log);
    report.expect(clean.letters == 0, "deployed, without a kill: dead letters");
  } catch (const std::exception& error) {
    report.expect(false, std::string("deployed, without a kill: ") + error.what());
    return report;
  }
  std::uint64_t killed = 0;
  for (std::uint64_t call = 1; call <= clean.calls; call += std::max<std::uint64_t>(every, 1)) {
    for (const bool before : {true, false}) {
      if (!before && call > clean.answers) continue;
      const std::string when =
          fmt::format("function killed {} its call {}", before ? "before" : "after", call);
      try {
        const Told told = play(call, before, log);
        killed += told.killed;
        report.expect(told.killed == 1 && told.letters == 0 && told.end == clean.end,
                      fmt::format("{} ({}), killed {}, {} dead letters: {}\nclean: {}", when, told.killed_at,
                                  told.killed, told.letters, told.end, clean.end));
      } catch (const std::exception& error) {
        report.expect(false, when + ": " + error.what());
      }
    }
  }
  report.summary = fmt::format("functions killed at {} calls, before and after every {}th: {} deaths",
                               clean.calls, every, killed);
  return report;
}

}  // namespace s3dr::sim
