// The real thing: bootstraps written here run as processes, under the real clock.
#include "cloud/services/lambda/process_runner.h"

#include <signal.h>

#include <filesystem>
#include <fstream>

#include "cloud/services/logs/logs_store.h"
#include "unit/cloud/folder.h"
#include "unit/cloud/services/lambda/lambda_fixture.h"

namespace s3dr::services {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

// A bootstrap that does what its event says.
constexpr const char* python_bootstrap = R"py(#!/usr/bin/env python3
import http.client, json, os, signal, subprocess, sys, time
host = os.environ["AWS_LAMBDA_RUNTIME_API"]
base = "/2018-06-01/runtime/"
def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(host)
    connection.request(method, base + path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()
init = os.environ.get("INIT", "")
if init == "error":
    ask("POST", "init/error", json.dumps({"errorMessage": "no luck", "errorType": "Init.Bad"}))
    sys.exit(1)
if init == "exit": sys.exit(7)
if init == "slow": time.sleep(60)
runs = 0
while True:
    status, headers, body = ask("GET", "invocation/next")
    request = headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(body)
    runs += 1
    do = event.get("do")
    if do == "print": print("out line"); print("err line", file=sys.stderr); sys.stdout.flush()
    if do == "sleep": time.sleep(event["seconds"])
    if do == "exit": sys.exit(3)
    if do == "kill": os.kill(os.getpid(), signal.SIGKILL)
    if do == "memory": kept = bytearray(event["mib"] << 20)
    if do == "child": child = subprocess.Popen(["sleep", "1000"])
    if do == "daemon":  # a child in a session of its own, whose parent ends
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.setsid()
            grandchild = subprocess.Popen(["sleep", "1000"])
            os.write(writing, str(grandchild.pid).encode())
            os._exit(0)
        os.wait()
        daemon = int(os.read(reading, 100))
    if do == "error":
        ask("POST", "invocation/" + request + "/error", json.dumps({"errorMessage": "boom", "errorType": "Bad"}),
            {"Lambda-Runtime-Function-Error-Type": "Dr.Bad"})
        continue
    answer = {"runs": runs, "pid": os.getpid(), "environment": dict(os.environ), "headers": dict(headers), "cwd": os.getcwd(),
              "descriptors": sorted(os.listdir("/proc/self/fd")), "task_root_mode": oct(os.stat(".").st_mode)}
    if do == "child": answer["child"] = child.pid
    if do == "daemon": answer["child"] = daemon
    if do == "wrong attempt":
        answer["status"] = ask("POST", "invocation/" + request + "/response", "{}", {"Lambda-Runtime-Invocation-Id": "other"})[0]
    if do == "wrong": answer["status"] = ask("POST", "invocation/other/response", "{}")[0]
    text = "x" * event["bytes"] if do == "large" else json.dumps(answer)
    ask("POST", "invocation/" + request + "/response", text)
    if do == "linger": time.sleep(60)
)py";

bool lives(std::int64_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return static_cast<bool>(status >> number >> name >> state) && state != "Z";
}

class ProcessRunnerTest : public ServicesTest {
 protected:
  ProcessRunnerTest() {
    options.upkeep_every = milliseconds(20);
    options.answered_wait_max = milliseconds(5'000);  // a busy machine must not change the outcome
    make_runner();
  }
  ~ProcessRunnerTest() override { stop(); }

  void make_runner() {
    context.emplace(cloud::RegionContext{west().context().options, *real_clock, *random, *log,
                                         west().context().database, west().context().bodies, global, wires,
                                         [] {}, [] {}});
    runner = make_process_runner(*context, folder.path, options);
    background = std::make_unique<test::Outcome>();
    test::start(io, runner->run(), *background);
    pump([this] { return !fs::exists(folder.path + "/functions"); });
  }
  void stop() {
    if (!background) return;
    background->cancel();
    pump([this] { return background->ended; });
    background.reset();
  }
  // The runner stops while an invocation is under way; `late` is what became of it.
  void stop_during_invocation(const FunctionDescription& of, test::Outcome& late) {
    const auto invoke_it = [](FunctionRunner& with, FunctionDescription what) -> Task<> {
      co_await with.invoke(what, Invocation{"late", "{}", ""});
    };
    test::start(io, invoke_it(*runner, of), late);
    test::settle(io);
    ASSERT_FALSE(late.ended);
    stop();
    pump([&late] { return late.ended; });
  }
  template <class Condition>
  void pump(Condition holds) {
    const milliseconds until = real_clock->uptime() + milliseconds(20'000);
    io.restart();
    while (!holds() && real_clock->uptime() < until) {
      io.restart();
      io.run_one_for(std::chrono::milliseconds(20));
    }
    EXPECT_TRUE(holds());
  }
  FunctionDescription function(const std::string& bootstrap = python_bootstrap, std::uint32_t mode = 0755,
                               const std::string& name = "bootstrap") {
    const std::string zip = aws::write_zip({{name, mode, bootstrap}});
    FunctionDescription result;
    result.name = "check";
    result.arn = "arn:aws:lambda:us-west-2:111122223333:function:check";
    result.account = cloud::alice.id;
    result.revision = "r1";
    result.handler = "some.handler";
    result.code_bytes = zip.size();
    auto writer = west().context().bodies.create();
    run(writer->write(std::span<const char>(zip.data(), zip.size())));
    result.code = run(writer->finish());
    result.timeout = milliseconds(10'000);
    result.log_group = "/aws/lambda/check";
    return result;
  }
  InvocationResult invoke(const FunctionDescription& of, const json::object& event = {}) {
    return test::run(io, runner->invoke(of, Invocation{"request-" + std::to_string(++requests),
                                                       json::serialize(event), ""}));
  }
  json::object answer(const FunctionDescription& of, const json::object& event = {}) {
    const InvocationResult result = invoke(of, event);
    EXPECT_FALSE(result.function_failed) << result.payload;
    return json::parse(result.payload).as_object();
  }
  static std::int64_t pid_of(const json::object& answered) { return answered.at("pid").as_int64(); }
  std::string logged() {
    std::string text;
    auto rows = west().context().database.reader().prepare("SELECT message FROM log_event ORDER BY id");
    while (rows.step()) text += rows.text(0);
    return text;
  }

  std::unique_ptr<Clock> real_clock = make_real_clock();
  cloud::Folder folder;
  ProcessRunnerOptions options;
  std::optional<cloud::RegionContext> context;
  std::unique_ptr<FunctionRunner> runner;
  std::unique_ptr<test::Outcome> background;
  int requests = 0;
};

TEST_F(ProcessRunnerTest, TheEnvironmentIsWhatLambdaGives) {
  stop();
  options.credentials = [](cloud::RegionContext&, const FunctionDescription&) {
    return aws::Credentials{"ASIATEST", Secret("canary-secret"), Secret("canary-token")};
  };
  make_runner();
  FunctionDescription of = function();
  of.environment = {{"DR_REGION", "us-east-2"}, {"TZ", "Europe/Berlin"}};
  ::setenv("S3DR_CANARY", "must not be inherited", 1);
  const json::object seen = answer(of);
  ::unsetenv("S3DR_CANARY");
  const json::object& environment = seen.at("environment").as_object();
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"AWS_ACCESS_KEY_ID", "ASIATEST"},
                                          {"AWS_SECRET_ACCESS_KEY", "canary-secret"},
                                          {"AWS_SESSION_TOKEN", "canary-token"},
                                          {"AWS_REGION", "us-west-2"},
                                          {"AWS_DEFAULT_REGION", "us-west-2"},
                                          {"AWS_LAMBDA_FUNCTION_NAME", "check"},
                                          {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
                                          {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"},
                                          {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/check"},
                                          {"_HANDLER", "some.handler"},
                                          {"DR_REGION", "us-east-2"},
                                          {"TZ", "Europe/Berlin"}})
    EXPECT_EQ(environment.at(name), json::string(value));
  EXPECT_EQ(environment.if_contains("S3DR_CANARY"), nullptr);
  EXPECT_EQ(environment.if_contains("HOME"), nullptr);
  EXPECT_EQ(environment.at("LAMBDA_TASK_ROOT"), seen.at("cwd"));
  EXPECT_TRUE(fs::is_directory(std::string(environment.at("TMPDIR").as_string())));
  EXPECT_EQ(seen.at("task_root_mode"), "0o40555");
  // 0, 1, 2 and the one that lists them.
  EXPECT_EQ(seen.at("descriptors").as_array().size(), 4U) << seen.at("descriptors");
  const json::object& headers = seen.at("headers").as_object();
  EXPECT_EQ(headers.at("Lambda-Runtime-Invoked-Function-Arn"), json::string(of.arn));
  EXPECT_TRUE(headers.at("Lambda-Runtime-Trace-Id").as_string().starts_with("Root=1-"));
  EXPECT_EQ(headers.at("Lambda-Runtime-Invocation-Id").as_string().size(), 36U);
  const auto deadline = std::stoll(std::string(headers.at("Lambda-Runtime-Deadline-Ms").as_string()));
  EXPECT_GT(deadline, real_clock->now().time_since_epoch().count());
  EXPECT_EQ(logged().find("canary-secret"), std::string::npos);
}

TEST_F(ProcessRunnerTest, WarmIsReusedAndConcurrencyMakesMore) {
  const FunctionDescription of = function();
  const json::object first = answer(of), second = answer(of);
  EXPECT_EQ(pid_of(first), pid_of(second));
  EXPECT_EQ(second.at("runs"), 2);
  test::Outcome slow;
  const auto invoke_slow = [](FunctionRunner& with, FunctionDescription what) -> Task<> {
    co_await with.invoke(what, Invocation{"slow", R"({"do":"sleep","seconds":2})", ""});
  };
  test::start(io, invoke_slow(*runner, of), slow);
  test::settle(io);
  const json::object beside = answer(of);
  EXPECT_FALSE(slow.ended);
  EXPECT_NE(pid_of(beside), pid_of(first));
  pump([&slow] { return slow.ended; });
  // Another revision is never served by an old process.
  FunctionDescription newer = of;
  newer.revision = "r2";
  runner->retire(of.arn, "r2");
  const std::int64_t fresh = pid_of(answer(newer));
  EXPECT_NE(fresh, pid_of(first));
  EXPECT_NE(fresh, pid_of(beside));
  pump([&] { return !lives(pid_of(first)) && !lives(pid_of(beside)); });
}

TEST_F(ProcessRunnerTest, LinesAndReportsAreLogged) {
  const FunctionDescription of = function();
  const InvocationResult result = invoke(of, {{"do", "print"}});
  const std::string text = logged();
  for (const char* line : {"START RequestId: request-1 Version: $LATEST\n", "out line\n", "err line\n",
                           "END RequestId: request-1\n", "REPORT RequestId: request-1\tDuration: "})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_NE(text.find("Init Duration: "), std::string::npos);
  EXPECT_NE(result.log_tail.find("err line\n"), std::string::npos);
  const std::size_t memory = text.find("Max Memory Used: ");
  ASSERT_NE(memory, std::string::npos);
  EXPECT_GT(std::stoi(text.substr(memory + 17)), 3) << "measured, not made up";
  FunctionDescription structured = of;
  structured.json_logs = true;
  structured.revision = "r2";
  const InvocationResult as_json = invoke(structured);
  EXPECT_NE(as_json.log_tail.find("\"type\":\"platform.report\""), std::string::npos) << as_json.log_tail;
}

TEST_F(ProcessRunnerTest, FaultsOfTheFunctionAreAnswers) {
  FunctionDescription of = function();
  EXPECT_EQ(invoke(of, {{"do", "error"}}).payload, R"({"errorMessage": "boom", "errorType": "Bad"})");
  EXPECT_NE(invoke(of, {{"do", "exit"}}).payload.find("Runtime exited with error: exit status 3"),
            std::string::npos);
  EXPECT_NE(invoke(of, {{"do", "kill"}}).payload.find("Runtime exited with error: signal: killed"),
            std::string::npos);
  EXPECT_NE(invoke(of, {{"do", "large"}, {"bytes", 7 << 20}}).payload.find("Function.ResponseSizeTooLarge"),
            std::string::npos);
  EXPECT_EQ(answer(of, {{"do", "wrong"}}).at("status"), 400);
  // Bounded in memory: Python says so itself and ends.
  const InvocationResult memory = invoke(of, {{"do", "memory"}, {"mib", 400}});
  EXPECT_TRUE(memory.function_failed);
  EXPECT_NE(memory.payload.find("exit status 1"), std::string::npos) << memory.payload;
  EXPECT_EQ(answer(of).at("runs"), 1) << "and the next one runs in a new process";
}

TEST_F(ProcessRunnerTest, TheTimeLimitKills) {
  FunctionDescription of = function();
  of.timeout = milliseconds(1'000);
  const std::int64_t pid = pid_of(answer(of));
  const InvocationResult result = invoke(of, {{"do", "sleep"}, {"seconds", 60}});
  EXPECT_TRUE(result.function_failed);
  EXPECT_EQ(json::parse(result.payload).at("errorMessage"),
            "RequestId: request-2 Error: Task timed out after 1.00 seconds");
  EXPECT_NE(result.log_tail.find("Task timed out after 1.00 seconds"), std::string::npos);
  pump([pid] { return !lives(pid); });
}

TEST_F(ProcessRunnerTest, FailedInitialisations) {
  FunctionDescription of = function();
  of.environment["INIT"] = "error";
  EXPECT_EQ(json::parse(invoke(of).payload).at("errorType"), "Init.Bad");
  of.environment["INIT"] = "exit";
  of.revision = "r2";
  EXPECT_NE(invoke(of).payload.find("exit status 7"), std::string::npos);
  stop();
  options.init_max = milliseconds(500);
  make_runner();
  of.environment["INIT"] = "slow";
  of.revision = "r3";
  of.timeout = milliseconds(1'000);
  EXPECT_NE(invoke(of).payload.find("Task timed out after 1.00 seconds"), std::string::npos);
  EXPECT_NE(invoke(function("#!/bin/sh\n", 0644)).payload.find("ermission denied"), std::string::npos);
  EXPECT_NE(invoke(function("#!/bin/sh\n", 0755, "main")).payload.find("Couldn't find valid bootstrap"),
            std::string::npos);
  EXPECT_NE(invoke(function("\x7f"
                            "ELF no program"))
                .payload.find("xec format error"),
            std::string::npos);
}

TEST_F(ProcessRunnerTest, AChildInASessionOfItsOwnEndsWithTheFunction) {
  const FunctionDescription of = function();
  const std::int64_t daemon = answer(of, {{"do", "daemon"}}).at("child").as_int64();
  EXPECT_TRUE(lives(daemon)) << "it may run on while the function is warm";
  FunctionDescription other = function();
  other.arn += "-other";
  const std::int64_t bystander = answer(other, {{"do", "daemon"}}).at("child").as_int64();
  invoke(of, {{"do", "exit"}});
  pump([&] { return !lives(daemon); });
  EXPECT_TRUE(lives(bystander)) << "another function's is left alone";
  stop();
  EXPECT_FALSE(lives(bystander));
}

// A function that writes without end and never asks for an event.
TEST_F(ProcessRunnerTest, ATalkativeFunctionLeavesTheRegionItsTurn) {
  stop();
  options.init_max = milliseconds(500);
  options.upkeep_every = milliseconds(500);  // its lines are written by this thread, here
  make_runner();
  for (const char* command : {"exec yes", "exec cat /dev/zero"}) {
    FunctionDescription of = function(std::string("#!/bin/sh\n") + command + "\n");
    of.revision = command;
    of.timeout = milliseconds(1'000);
    test::Outcome talk;
    const auto invoke_it = [](FunctionRunner& with, FunctionDescription what,
                              InvocationResult& result) -> Task<> {
      result = co_await with.invoke(what, Invocation{"talk", "{}", ""});
    };
    InvocationResult result;
    test::start(io, invoke_it(*runner, of, result), talk);
    const milliseconds begun = real_clock->uptime();
    int turns = 0;  // of the region's other work
    while (!talk.ended && real_clock->uptime() - begun < milliseconds(60'000)) {
      test::run(io, real_clock->sleep(milliseconds(20)));
      ++turns;
    }
    ASSERT_TRUE(talk.ended) << command;
    EXPECT_GT(turns, 3) << command;
    EXPECT_TRUE(result.function_failed) << command;
    EXPECT_NE(result.payload.find("Task timed out after 1.00 seconds"), std::string::npos) << result.payload;
    pump([this] { return fs::is_empty(folder.path + "/functions/tmp"); });
  }
}

// The runner stops while an invocation is on its way to a process: none may be made any more.
TEST_F(ProcessRunnerTest, StoppingMeetsAnInvocationThatUnpacksItsCode) {
  std::string large(24 << 20, '\0');
  FunctionDescription of = function();
  const std::string zip = aws::write_zip({{"bootstrap", 0755, python_bootstrap}, {"ballast", 0644, large}},
                                         aws::ZipMethod::stored);
  auto writer = west().context().bodies.create();
  run(writer->write(std::span<const char>(zip.data(), zip.size())));
  of.code = run(writer->finish());
  of.code_bytes = zip.size();
  test::Outcome late;
  stop_during_invocation(of, late);
  try {
    late.rethrow();
    ADD_FAILURE() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.what();
  }
}

TEST_F(ProcessRunnerTest, StoppingMeetsAnInvocationThatWaitsForABusyProcess) {
  const FunctionDescription of = function();
  answer(of, {{"do", "linger"}});
  test::Outcome late;
  stop_during_invocation(of, late);
  EXPECT_THROW(late.rethrow(), Error);
}

TEST_F(ProcessRunnerTest, NothingIsLeftRunning) {
  stop();
  options.idle_max = milliseconds(300);
  make_runner();
  const FunctionDescription of = function();
  const json::object idle = answer(of, {{"do", "child"}});
  pump([&] { return !lives(pid_of(idle)); });
  pump([&] { return !lives(idle.at("child").as_int64()); });
  pump([this] { return fs::is_empty(folder.path + "/functions/tmp"); });
  pump([this] { return fs::is_empty(folder.path + "/functions/code"); });
  const json::object running = answer(of);
  stop();
  EXPECT_FALSE(lives(pid_of(running)));
  EXPECT_THROW(invoke(of), Error);
}

TEST_F(ProcessRunnerTest, NoMoreThanItsRoom) {
  stop();
  options.environments_max = 1;
  make_runner();
  const FunctionDescription of = function();
  test::Outcome slow;
  const auto invoke_slow = [](FunctionRunner& with, FunctionDescription what) -> Task<> {
    co_await with.invoke(what, Invocation{"slow", R"({"do":"sleep","seconds":1})", ""});
  };
  test::start(io, invoke_slow(*runner, of), slow);
  pump([this] { return fs::exists(folder.path + "/functions/tmp"); });
  try {
    invoke(of);
    ADD_FAILURE() << "a second environment was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::throttled);
  }
  pump([&slow] { return slow.ended; });
  // An idle one of another function makes room: idle once it has asked for its next event, a moment after its
  // answer.
  FunctionDescription other = function();
  other.arn += "-other";
  for (int attempt = 0;; ++attempt) {
    try {
      EXPECT_EQ(answer(other).at("runs"), 1);
      break;
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::throttled) << error.what();
      ASSERT_LT(attempt, 1000) << error.what();
    }
    int turns = 0;
    pump([&turns] { return ++turns > 5; });
  }
}

}  // namespace
}  // namespace s3dr::services
