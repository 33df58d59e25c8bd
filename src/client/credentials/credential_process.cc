#include "client/credentials/credential_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "aws/json_path.h"
#include "base/deadline.h"
#include "base/error.h"

namespace s3dr::client {
namespace {

namespace asio = boost::asio;

constexpr milliseconds end_polled_every{5};

// A started program; ended with its group and waited for when this goes away.
class Child {
 public:
  // Raises invalid with the reason when it cannot be started.
  Child(const std::vector<std::string>& words, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);  // none of our sockets
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int error = ::posix_spawnp(&pid_, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
      pid_ = -1;
      throw Error(ErrorKind::invalid,
                  fmt::format("the program \"{}\" of credential_process cannot be started: {}", words[0],
                              std::strerror(error)));
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  // The status with which it ended; nullopt: it runs.
  std::optional<int> ended() {
    int status = 0;
    const pid_t found = ::waitpid(pid_, &status, WNOHANG);
    if (found == 0 || (found < 0 && errno == EINTR)) return std::nullopt;
    pid_ = -1;
    return found < 0 ? -1 : status;
  }

 private:
  pid_t pid_ = -1;
};

// Reads to the end of the output, then waits for the end of the program.
Task<std::string> run_program(std::vector<std::string> words, std::size_t bytes_max, Clock& clock) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw Error(ErrorKind::unavailable, std::string("no pipe: ") + std::strerror(errno));
  }
  asio::posix::stream_descriptor input(co_await asio::this_coro::executor, ends[0]);
  std::optional<Child> child;
  {
    asio::posix::stream_descriptor output(input.get_executor(), ends[1]);
    // The program's own end of the pipe is a blocking one, as programs expect.
    ::fcntl(ends[1], F_SETFL, ::fcntl(ends[1], F_GETFL) & ~O_NONBLOCK);
    child.emplace(words, ends[1]);
  }
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto [error, count] =
        co_await input.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) break;  // its end of the pipe is closed
    text.append(buffer.data(), count);
    if (text.size() > bytes_max) throw Error(ErrorKind::invalid, "credential_process printed too much");
  }
  std::optional<int> status;
  for (status = child->ended(); !status; status = child->ended()) co_await clock.sleep(end_polled_every);
  if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
    throw Error(ErrorKind::invalid,
                WIFEXITED(*status) ? fmt::format("the program of credential_process ended with status {}",
                                                 WEXITSTATUS(*status))
                                   : std::string("the program of credential_process was ended by a signal"))
        .with_advice("run the command of the profile by hand to see what it says");
  }
  co_return text;
}

class ProcessSource : public CredentialSource {
 public:
  ProcessSource(std::string command, std::string where, FetchTools tools, ProcessLimits limits)
      : command_(std::move(command)), where_(std::move(where)), tools_(tools), limits_(limits) {}

  Task<TimedCredentials> fetch() override {
    auto words = split_words(command_);
    if (!words || words->empty()) {
      throw Error(ErrorKind::invalid, "credential_process is not a command: an open quote, or no word")
          .with_resource(where_);
    }
    std::optional<Error> failure;
    try {
      const std::string text = co_await with_deadline(
          tools_.clock, limits_.time_max,
          run_program(*std::move(words), limits_.output_bytes_max, tools_.clock),
          Error(ErrorKind::unavailable,
                fmt::format("credential_process did not end within {} s", limits_.time_max.count() / 1000)));
      check_version(text);
      co_return parse_credential_document(text, "SessionToken", where_);
    } catch (const Error& error) {
      failure = error;
    }
    throw failure->with_resource(where_);
  }
  std::string method() const override { return "custom-process"; }
  std::string where() const override { return "credential_process of " + where_; }

 private:
  static void check_version(const std::string& text) {
    const boost::json::value document = aws::parse_or_null(text);
    if (!document.is_object()) throw Error(ErrorKind::invalid, "credential_process printed no JSON object");
    const boost::json::value& version = aws::at(document, {"Version"});
    if (!version.is_number() || version.to_number<double>() != 1) {
      throw Error(ErrorKind::invalid, "credential_process must print \"Version\": 1");
    }
  }

  std::string command_, where_;
  FetchTools tools_;
  ProcessLimits limits_;
};

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool within_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == '\'') {
      if (c == '\'')
        quote = 0;
      else
        word += c;
    } else if (quote == '"') {
      const bool escapes =
          c == '\\' && i + 1 < command.size() && (command[i + 1] == '"' || command[i + 1] == '\\');
      if (c == '"')
        quote = 0;
      else
        word += escapes ? command[++i] : c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      within_word = true;
    } else if (c == '\\') {
      if (++i == command.size()) return std::nullopt;
      word += command[i];
      within_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (within_word) words.push_back(std::exchange(word, {}));
      within_word = false;
    } else {
      word += c;
      within_word = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (within_word) words.push_back(std::move(word));
  return words;
}

std::unique_ptr<CredentialSource> process_source(std::string command, std::string where, FetchTools tools,
                                                 ProcessLimits limits) {
  return std::make_unique<ProcessSource>(std::move(command), std::move(where), tools, limits);
}

}  // namespace s3dr::client
