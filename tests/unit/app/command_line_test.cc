#include "app/commands/commands.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>
#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace s3dr::app {
namespace {

struct CommandRun {
  int exit_code = 0;
  std::string out, err;
};

CommandRun run(std::vector<std::string> arguments) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  CommandRun result;
  result.exit_code = run_command_line(s3dr_program, std::move(arguments));
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

// A folder of its own as working directory, without configuration or credentials.
class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    before_ = std::filesystem::current_path();
    folder_ = std::filesystem::temp_directory_path() / ("s3dr-cli-test-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
    for (const char* name : {"S3DR_CONFIG", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_CA_BUNDLE"})
      unsetenv(name);
    setenv("AWS_SHARED_CREDENTIALS_FILE", (folder_ / "credentials").c_str(), 1);
    setenv("AWS_CONFIG_FILE", (folder_ / "config").c_str(), 1);
  }
  void TearDown() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  // Nobody listens on the ports: 1 and 2 are not given out by the kernel.
  void write_config(const std::string& name = "s3dr.yaml", const std::string& more = "") {
    write(name,
          "source: {region: us-west-2, account: \"111122223333\"}\n"
          "destination: {region: us-east-2, account: \"111122223333\"}\n"
          "endpoints: {us-west-2: \"http://127.0.0.1:1\", us-east-2: \"http://127.0.0.1:2\"}\n"
          "replication_role: arn:aws:iam::111122223333:role/a\nbatch_role: arn:aws:iam::111122223333:role/b\n"
          "retry: {attempts_max: 1}\n" +
              more);
  }
  void write_credentials() {
    write("credentials",
          "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = planted-canary\n");
    std::filesystem::permissions(folder_ / "credentials", std::filesystem::perms(0600));
  }

  std::filesystem::path before_, folder_;
};

TEST_F(CommandLine, UsageErrorsExitTwoWithOneClearLine) {
  write_config();
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"frobnicate"},
      {"protect"},
      {"protect", "photos", "--frobnicate"},
      {"protect", "photos", "videos"},
      {"protect", "s3://photos"},
      {"protect", "photos/of/me"},
      {"protect", "photos", "--timeout", "soon"},
      {"protect", "photos", "--adopt", "other", "--new-replica"},
      {"verify", "photos", "--bytes", "--head"},
      {"verify", "photos", "--level", "most"},
      {"--output", "xml", "status"},
      {"status", "--log-level", "loud"},
      {"status", "--region", "Not A Region"},
      {"status", "--region", "us-west-1"},  // a region, and neither of the configuration's
      {"status", "--endpoint-url", "gopher://x"},
      {"config"},
      {"plan"},
      {"status", "--config", "missing.yaml"},
  };
  for (const auto& arguments : wrong) {
    const CommandRun result = run(arguments);
    std::string line;
    for (const std::string& argument : arguments) line += argument + " ";
    EXPECT_EQ(result.exit_code, 2) << line << result.err;
    EXPECT_TRUE(result.err.starts_with("s3dr: ")) << line << result.err;
    EXPECT_LE(std::ranges::count(result.err, '\n'), 3) << line << result.err;
    EXPECT_EQ(result.out, "") << line;
  }
}

TEST_F(CommandLine, HelpBeginsWithAnExample) {
  for (const char* command : {"serve", "protect", "unprotect", "status", "plan", "verify", "rules",
                              "settings", "config", "deploy"}) {
    const CommandRun result = run({command, "--help"});
    EXPECT_EQ(result.exit_code, 0) << command;
    EXPECT_TRUE(result.out.starts_with("Example")) << command << ": " << result.out;
    EXPECT_NE(result.out.find(std::string("s3dr ") + command), std::string::npos) << command;
  }
  EXPECT_EQ(run({"--version"}).out, "s3dr 0.1.0\n");
}

TEST_F(CommandLine, ConfigurationIsFoundHereOrByTheEnvironment) {
  EXPECT_NE(run({"config", "validate"}).err.find("no configuration"), std::string::npos);
  write_config("other.yaml");
  setenv("S3DR_CONFIG", "other.yaml", 1);
  EXPECT_NE(run({"config", "validate"}).out.find("other.yaml"), std::string::npos);
  write_config();
  EXPECT_NE(run({"config", "validate"}).out.find(" s3dr.yaml\n"), std::string::npos);
  unsetenv("S3DR_CONFIG");
}

TEST_F(CommandLine, BadConfigurationNamesTheLine) {
  write_config("s3dr.yaml", "replica_nam: x\n");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"config", "validate"}, {"serve"}, {"status"}, {"protect", "photos"}}) {
    const CommandRun result = run(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("at: s3dr.yaml:7"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("did you mean \"replica_name\"?"), std::string::npos) << result.err;
  }
}

TEST_F(CommandLine, ValidatePrintsJsonAfterTheCommandToo) {
  write_config();
  const CommandRun result = run({"config", "validate", "--output", "json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.out.starts_with("{\"valid\":true")) << result.out;
}

TEST_F(CommandLine, MissingCredentialsAreSaidBeforeAnythingIsStarted) {
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);  // no instance is asked
  write_config();
  const CommandRun result = run({"serve"});
  unsetenv("AWS_EC2_METADATA_DISABLED");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("no credentials"), std::string::npos) << result.err;
}

TEST_F(CommandLine, UnreachableStoreIsAFailureNeverAnEmptyList) {
  write_config("s3dr.yaml", "serve: {listen: \"127.0.0.1:0\"}\n");
  write_credentials();
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"status"},
                                                    {"serve"},
                                                    {"protect", "photos"},
                                                    {"unprotect", "photos"},
                                                    {"verify", "photos"},
                                                    {"rules", "restore", "photos", "--yes"},
                                                    {"settings", "photos"},
                                                    {"settings", "accept", "photos", "--yes"},
                                                    {"config", "validate", "--check"}}) {
    const CommandRun result = run(arguments);
    EXPECT_EQ(result.exit_code, 1) << arguments.front();
    EXPECT_EQ(result.out, "") << arguments.front();
    EXPECT_NE(result.err.find("s3dr: "), std::string::npos) << arguments.front();
    EXPECT_EQ(result.err.find("planted-canary"), std::string::npos);
  }
  EXPECT_NE(run({"serve"}).err.find("at: us-west-2 (http://127.0.0.1:1)"), std::string::npos);
}

TEST_F(CommandLine, AnUnreachableStoreIsNamedByItsSide) {
  write_config();
  write_credentials();
  EXPECT_NE(run({"status"}).err.find("at: http://127.0.0.1:2 (the destination, us-east-2)"),
            std::string::npos)
      << run({"status"}).err;
}

TEST_F(CommandLine, AdviceNamesTheConfigurationThatTheCommandLineNamed) {
  write_config("my own.yaml");
  write_config();
  write_credentials();
  const CommandRun named = run({"status", "--config", "my own.yaml"});
  EXPECT_NE(
      named.err.find("next: see which store answers: s3dr config validate --config 'my own.yaml' --check\n"),
      std::string::npos)
      << named.err;
  const CommandRun unnamed = run({"status"});
  EXPECT_NE(unnamed.err.find("s3dr config validate --check\n"), std::string::npos) << unnamed.err;
  // Nothing is named twice.
  const CommandRun twice = run({"config", "validate", "--config", "missing.yaml"});
  EXPECT_NE(twice.err.find("s3dr config validate --config missing.yaml\n"), std::string::npos) << twice.err;
}

TEST_F(CommandLine, AnErrorIsJsonTooWhereJsonIsAsked) {
  write_config();
  write_credentials();
  const CommandRun failed = run({"status", "--output", "json"});
  const auto error = boost::json::parse(failed.out).at("error");
  EXPECT_EQ(error.at("kind"), "unavailable");
  EXPECT_EQ(error.at("code"), nullptr);
  EXPECT_EQ(error.at("exit_code"), 1);
  EXPECT_EQ(error.at("resource"), "http://127.0.0.1:2 (the destination, us-east-2)");
  EXPECT_NE(failed.err.find("no connection"), std::string::npos);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"frobnicate", "--output", "json"},
                                                {"--output=json", "protect"},
                                                {"protect", "--frobnicate", "--output", "json"},
                                                {"--output", "json", "status", "--config", "missing.yaml"}}) {
    const CommandRun usage = run(wrong);
    ASSERT_TRUE(usage.out.starts_with("{")) << wrong.front();
    EXPECT_EQ(boost::json::parse(usage.out).at("error").at("exit_code"), 2) << usage.out;
    EXPECT_TRUE(usage.err.starts_with("s3dr: ")) << usage.err;
  }
}

TEST_F(CommandLine, PasswordsOfUrlsAreNeverPrinted) {
  write_config();
  write_credentials();
  const std::string url = "http://user:pa55word@127.0.0.1:9101";
  write("other.yaml",
        "source: {region: us-west-2, account: \"111122223333\"}\n"
        "destination: {region: us-east-2, account: \"111122223333\"}\n"
        "endpoints: {us-west-2: \"" +
            url + "\"}\n");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"status", "--endpoint-url", url},
                                                    {"status", "--config", "other.yaml", "--output", "json"},
                                                    {"status", "photos", url},
                                                    {"protect", url},
                                                    {"status", "--region", url}}) {
    const CommandRun result = run(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ((result.out + result.err).find("pa55word"), std::string::npos) << result.out << result.err;
  }
}

TEST_F(CommandLine, AFullDiskBehindStandardOutputIsAFailure) {
  write_config();
  const int before = dup(STDOUT_FILENO);
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"deploy", "permissions"},
                                                    {"config", "validate", "--output", "json"},
                                                    {"--help"}}) {
    testing::internal::CaptureStderr();
    dup2(full, STDOUT_FILENO);
    const int exit_code = run_command_line(s3dr_program, arguments);
    dup2(before, STDOUT_FILENO);
    const std::string err = testing::internal::GetCapturedStderr();
    EXPECT_EQ(exit_code, 1) << arguments.front();
    EXPECT_EQ(err, "s3dr: cannot write to standard output: No space left on device\n");
  }
  close(full);
  close(before);
}

TEST_F(CommandLine, PlanSaysWhatItCouldNotSee) {
  write_config();
  write_credentials();
  const CommandRun result = run({"plan", "photos"});
  EXPECT_EQ(result.exit_code, 1);  // blocked
  EXPECT_NE(result.out.find("failed (unavailable)"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("blocked by"), std::string::npos) << result.out;
}

TEST_F(CommandLine, OverridesReachTheStore) {
  write_config();
  write_credentials();
  const CommandRun result = run({"serve", "--config", "s3dr.yaml"});
  EXPECT_EQ(result.exit_code, 1);
  const CommandRun moved = run({"unprotect", "photos", "--endpoint-url", "http://127.0.0.1:3"});
  EXPECT_NE(moved.err.find("127.0.0.1:3"), std::string::npos) << moved.err;
  const CommandRun other = run({"status", "--region", "us-east-2", "--endpoint-url", "http://127.0.0.1:4"});
  EXPECT_NE(other.err.find("127.0.0.1:4"), std::string::npos) << other.err;
  EXPECT_NE(run({"status", "--profile", "nobody"}).err.find("nobody"), std::string::npos);
}

TEST_F(CommandLine, SettingsSayWhatIsWrongBeforeAnythingIsAsked) {
  write_config();
  const auto refused = [](std::vector<std::string> arguments) {
    const CommandRun result = run(std::move(arguments));
    EXPECT_EQ(result.exit_code, exit_usage) << result.err;
    return result.err;
  };
  EXPECT_NE(refused({"settings"}).find("s3dr settings BUCKET"), std::string::npos);
  EXPECT_NE(refused({"settings", "photos", "--format", "yaml"}).find("--format"), std::string::npos);
  EXPECT_NE(refused({"settings", "accept"}).find("settings accept --help"), std::string::npos);
  const std::string unknown = refused({"settings", "accept", "photos", "lifecicle"});
  EXPECT_NE(unknown.find("\"lifecicle\" is no kind of setting"), std::string::npos);
  EXPECT_NE(unknown.find("public_access_block, encryption"), std::string::npos);
  EXPECT_NE(unknown.find("and fence"), std::string::npos);
  EXPECT_NE(refused({"settings", "accept", "photos", "cors", "website"}).find("one KIND at a time"),
            std::string::npos);
}

TEST_F(CommandLine, HelpOfSettingsBeginsWithExamples) {
  for (const auto& arguments :
       {std::vector<std::string>{"settings", "--help"}, {"settings", "accept", "--help"}}) {
    const CommandRun help = run(arguments);
    EXPECT_EQ(help.exit_code, exit_done);
    EXPECT_NE(help.out.find("s3dr settings accept photos lifecycle"), std::string::npos) << help.out;
    EXPECT_NE(help.out.find("Exit code: 0"), std::string::npos);
  }
}

}  // namespace
}  // namespace s3dr::app
