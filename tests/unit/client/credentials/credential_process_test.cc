#include "client/credentials/credential_process.h"

#include <signal.h>

#include <thread>

#include "credential_fixture.h"

namespace s3dr::client {
namespace {

class CredentialProcessTest : public CredentialTest {
 protected:
  TimedCredentials fetch(const std::string& command, ProcessLimits limits = {}) {
    FetchTools real = tools();
    FetchTools with_clock{real.transport, *real_clock, real.random};
    return run(process_source(command, "profile \"p\"", with_clock, limits)->fetch());
  }
  Error refused(const std::string& command, ProcessLimits limits = {}) {
    try {
      (void)fetch(command, limits);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("canary"), std::string::npos) << error.what();
      EXPECT_EQ(error.resource(), "profile \"p\"");
      return error;
    }
    ADD_FAILURE() << "not refused: " << command;
    return Error(ErrorKind::corrupt, "none");
  }
  std::string script(const std::string& text) {
    write("script", "#!/bin/sh\n" + text);
    ::chmod(path("script").c_str(), 0700);
    return path("script");
  }
  std::unique_ptr<Clock> real_clock = make_real_clock();
};

TEST_F(CredentialProcessTest, ReadsWhatTheProgramPrints) {
  const TimedCredentials found =
      fetch(script("echo '{\"Version\": 1, \"AccessKeyId\": \"'$1'\", \"SecretAccessKey\": \"canary\", "
                   "\"SessionToken\": \"t\",'\n"
                   "echo '\"Expiration\": \"2026-08-01T12:15:00+02:00\"}'; echo canary >&2\n") +
            " 'AKID with blanks'");
  EXPECT_EQ(found.keys.access_key_id, "AKID with blanks");
  EXPECT_EQ(found.keys.session_token.reveal(), "t");
  EXPECT_EQ(found.expires, from_iso8601("2026-08-01T10:15:00Z"));
}

TEST_F(CredentialProcessTest, UsesNoShell) {
  write("marker", "");
  EXPECT_EQ(refused("echo {} ; rm " + path("marker")).kind(), ErrorKind::invalid);
  EXPECT_EQ(refused("echo `rm " + path("marker") + "` $(rm " + path("marker") + ")").kind(),
            ErrorKind::invalid);
  EXPECT_TRUE(std::filesystem::exists(path("marker")));
}

TEST_F(CredentialProcessTest, RefusesFailuresAndForeignOutput) {
  EXPECT_EQ(refused("/no/such/program canary").kind(), ErrorKind::invalid);
  EXPECT_NE(refused(script("echo canary; exit 3\n")).message().find("status 3"), std::string::npos);
  EXPECT_EQ(refused(script("kill -9 $$\n")).kind(), ErrorKind::invalid);
  EXPECT_EQ(refused(script("echo canary\n")).kind(), ErrorKind::invalid);
  EXPECT_EQ(
      refused(script("echo '{\"Version\": 2, \"AccessKeyId\": \"a\", \"SecretAccessKey\": \"canary\"}'\n"))
          .kind(),
      ErrorKind::invalid);
  EXPECT_EQ(refused(script("echo '{\"Version\": 1, \"SecretAccessKey\": \"canary\"}'\n")).kind(),
            ErrorKind::corrupt);
  EXPECT_EQ(refused("'open").kind(), ErrorKind::invalid);
  EXPECT_EQ(refused(" ").kind(), ErrorKind::invalid);
}

TEST_F(CredentialProcessTest, BoundsOutputAndTimeAndLeavesNothingBehind) {
  ProcessLimits small;
  small.output_bytes_max = 1000;
  EXPECT_NE(refused(script("while true; do echo canary; done\n"), small).message().find("too much"),
            std::string::npos);
  ProcessLimits short_time;
  short_time.time_max = milliseconds(200);
  const Error late =
      refused(script("echo $$ > \"$0.pid\"; sleep 600 & echo $! >> \"$0.pid\"; wait\n"), short_time);
  EXPECT_EQ(late.kind(), ErrorKind::unavailable);
  std::ifstream pids(path("script.pid"));
  int pid = 0, seen = 0;
  while (pids >> pid) {
    ++seen;
    // The grandchild is init's to wait for; until then it is there, but dead.
    std::string state = "Z";
    for (int i = 0; i < 200; ++i) {
      std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
      std::string number, name;
      if (!(stat >> number >> name >> state) || state == "Z" || state == "X") break;
      state = "running";
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_NE(state, "running") << pid;
  }
  EXPECT_GE(seen, 1);
}

TEST_F(CredentialProcessTest, SplitsWordsAsAShellDoes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_words(R"(a  "b c" 'd "e' f\ g "h\"i\\j\k" '' k"l"m)"),
            (Words{"a", "b c", "d \"e", "f g", "h\"i\\j\\k", "", "klm"}));
  EXPECT_EQ(split_words("  "), Words{});
  EXPECT_FALSE(split_words("a 'b"));
  EXPECT_FALSE(split_words("a \"b"));
  EXPECT_FALSE(split_words("a\\"));
}

}  // namespace
}  // namespace s3dr::client
