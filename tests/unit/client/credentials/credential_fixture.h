// What sources of credentials are tested with: an environment and a folder of their own, a scripted
// transport, a clock moved by hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "base/error.h"
#include "client/credentials/credential_chain.h"
#include "support/manual_clock.h"
#include "support/run_task.h"
#include "support/scripted_transport.h"

namespace s3dr::client {

class CredentialTest : public testing::Test {
 protected:
  CredentialTest() {
    std::string name = (std::filesystem::temp_directory_path() / "s3dr-credentials-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    variables["HOME"] = folder_;
    variables["AWS_SHARED_CREDENTIALS_FILE"] = path("credentials");
    variables["AWS_CONFIG_FILE"] = path("config");
    variables["AWS_EC2_METADATA_DISABLED"] = "true";
    variables["AWS_REGION"] = "eu-west-1";
  }
  ~CredentialTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), 0600);
  }
  aws::EnvironmentLookup environment() {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
  }
  CredentialChoice choice(std::optional<std::string> profile = std::nullopt) {
    CredentialChoice result;
    result.profile = std::move(profile);
    result.environment = environment();
    return result;
  }
  FetchTools tools() { return {transport, *ticking, *random}; }
  std::unique_ptr<CredentialSource> chosen(std::optional<std::string> profile = std::nullopt) {
    return choose_source(choice(std::move(profile)), endpoints, tools());
  }

  template <class T>
  T run(Task<T> task) {
    return test::run(context, std::move(task));
  }
  // What choosing or fetching is refused with.
  Error refusal(std::optional<std::string> profile = std::nullopt) {
    try {
      (void)run(chosen(std::move(profile))->fetch());
    } catch (const Error& error) {
      EXPECT_EQ((std::string(error.what()) + error.advice()).find("canary"), std::string::npos)
          << error.what();
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return Error(ErrorKind::invalid, "none");
  }

  std::string in(milliseconds duration) const { return to_iso8601_seconds(clock.now() + duration); }
  std::string document(const std::string& id, milliseconds lasts = std::chrono::hours(1)) const {
    return R"({"Code":"Success","AccessKeyId":")" + id +
           R"(","SecretAccessKey":"canary-s","Token":"canary-t","Expiration":")" + in(lasts) + R"("})";
  }
  std::string role_answer(const std::string& action, const std::string& id) const {
    return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
           "Result><Credentials><AccessKeyId>" + id +
           "</AccessKeyId><SecretAccessKey>canary-s</SecretAccessKey><SessionToken>canary-t</SessionToken>"
           "<Expiration>" +
           in(std::chrono::hours(1)) + "</Expiration></Credentials></" + action + "Result></" + action +
           "Response>";
  }

  std::map<std::string, std::string> variables;
  EndpointMap endpoints;
  boost::asio::io_context context;
  test::ManualClock clock{test::Sleeps::skip};
  Clock* ticking = &clock;  // a real one for programs, which take real time
  std::unique_ptr<Random> random = make_seeded_random(7);
  test::ScriptedTransport transport;

 private:
  std::string folder_;
};

}  // namespace s3dr::client
