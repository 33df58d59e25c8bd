// Lambda with a scripted runner in place of processes, its background work under the manual clock.
#pragma once

#include "aws/zip.h"
#include "base/notifier.h"
#include "cloud/services/lambda/lambda_store.h"
#include "unit/cloud/services/roles_fixture.h"

namespace s3dr::services {

// What functions do in a test. Shared by the runner of every region.
struct Script {
  std::function<InvocationResult(const FunctionDescription&, const Invocation&)> answer =
      [](const FunctionDescription&, const Invocation& invocation) {
        return InvocationResult{false, invocation.payload, "START\nhello\nEND\n"};
      };
  std::optional<Error> prepare_failure;
  milliseconds reading_takes{0};   // of a package
  milliseconds takes{0};           // by the clock of the test
  std::vector<std::string> begun;  // request ids
  std::vector<std::pair<std::string, std::string>> retired;
  int running = 0, running_max = 0;
};

class ScriptedRunner : public FunctionRunner {
 public:
  ScriptedRunner(Clock& clock, std::shared_ptr<Script> script) : clock_(clock), script_(std::move(script)) {}
  Task<> prepare(FunctionDescription) override {
    if (script_->prepare_failure) throw Error(*script_->prepare_failure);
    co_return;
  }
  Task<InvocationResult> invoke(FunctionDescription function, Invocation invocation) override {
    script_->begun.push_back(invocation.request_id);
    script_->running_max = std::max(script_->running_max, ++script_->running);
    const std::shared_ptr<Script> script = script_;
    struct Ended {
      Script& of;
      ~Ended() { --of.running; }
    } ended{*script};
    if (script->takes.count() > 0) co_await clock_.sleep(script->takes);
    co_return script->answer(function, invocation);
  }
  Task<> run_aside(std::function<void()> work) override {
    if (script_->reading_takes.count() > 0) co_await clock_.sleep(script_->reading_takes);
    work();
  }
  void retire(const std::string& arn, const std::string& keep) override {
    script_->retired.emplace_back(arn, keep);
  }
  Task<> run() override {
    while (true) co_await clock_.sleep(milliseconds(3'600'000));
  }

 private:
  Clock& clock_;
  std::shared_ptr<Script> script_;
};

class LambdaTest : public RolesTest {
 protected:
  LambdaTest() {
    ServicesOptions options;
    options.make_runner = [this](cloud::RegionContext&) {
      return std::make_unique<ScriptedRunner>(clock, script);
    };
    services = region_services(options);
    for (const char* name : {"us-west-2", "us-east-2"}) start(name);
    for (const cloud::Account& account : {cloud::alice, cloud::bob})
      EXPECT_EQ(create_role("worker", trust(of_service("lambda.amazonaws.com")), account).status, 200);
    work();
  }
  ~LambdaTest() override { stop(); }

  // Ended without a word, and started again.
  void crash() {
    stop();
    storages.at("us-west-2")->crash();
    start("us-west-2");
    work();
  }
  void pass(milliseconds time, milliseconds step = milliseconds(500)) { ServicesTest::pass(time, step); }

  static std::string zip_of(const std::string& bootstrap = "#!/bin/sh\n") {
    return aws::write_zip({{"bootstrap", 0755, bootstrap}});
  }
  boost::json::object creation(const std::string& name = "check",
                               const cloud::Account& account = cloud::alice) {
    return {{"FunctionName", name},
            {"Runtime", "provided.al2023"},
            {"Role", role_arn("worker", account)},
            {"Handler", "bootstrap"},
            {"Code", boost::json::object{{"ZipFile", to_base64(zip_of())}}}};
  }
  cloud::Reply lambda(const std::string& method, const std::string& target,
                      const boost::json::value& body = nullptr,
                      const cloud::Account& account = cloud::alice) {
    return rest("lambda", method, target, body.is_null() ? "" : boost::json::serialize(body), account);
  }
  // Created and active.
  std::string make(const std::string& name = "check", const boost::json::object& more = {}) {
    boost::json::object body = creation(name);
    for (const auto& field : more) body[field.key()] = field.value();
    const cloud::Reply reply = lambda("POST", "/2015-03-31/functions", body);
    EXPECT_EQ(reply.status, 201) << reply.body;
    test::settle(io);
    return "arn:aws:lambda:us-west-2:111122223333:function:" + name;
  }
  cloud::Reply invoke(const std::string& name, const std::string& payload = "{}",
                      const std::string& type = "RequestResponse",
                      const cloud::Account& account = cloud::alice) {
    cloud::Call call{"POST", "/2015-03-31/functions/" + uri_encode(name) + "/invocations", payload};
    call.headers.set("X-Amz-Invocation-Type", type);
    call.headers.set("X-Amz-Log-Type", "Tail");
    call.account = account;
    return send(west(), sign(call, "us-west-2", "lambda"));
  }
  static boost::json::value at(const boost::json::object& object, std::string_view pointer) {
    return boost::json::value(object).at_pointer(pointer);
  }
  static std::string type_of(const cloud::Reply& reply) { return reply.header("x-amzn-ErrorType"); }

  std::int64_t number(const std::string& sql) {
    auto row = west().context().database.reader().prepare(sql);
    return row.step() ? row.integer(0) : -1;
  }
  std::int64_t waiting() { return number("SELECT COUNT(*) FROM lambda_invocation"); }
  void add_queue(const std::string& name) {
    run(west().context().database.write([&name](cloud::Connection& db) {
      db.prepare("INSERT INTO sqs_queue (account, name, created_ms) VALUES ('111122223333', ?, 0)")
          .bind(name)
          .run();
    }));
  }
  // Bodies and attributes of the messages of a queue.
  std::vector<std::pair<std::string, std::string>> messages() {
    std::vector<std::pair<std::string, std::string>> result;
    auto rows =
        west().context().database.reader().prepare("SELECT body, attributes FROM sqs_message ORDER BY id");
    while (rows.step()) result.emplace_back(rows.text(0), rows.text(1));
    return result;
  }

  std::shared_ptr<Script> script = std::make_shared<Script>();
};

}  // namespace s3dr::services
