// Credentials that a program of the user's prints: `credential_process` in a profile. The program is started
// without a shell, gets no input, and has bounded time and output. What it prints is never logged, not even
// in part: it may be a secret.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/credentials/credential_source.h"

namespace s3dr::client {

struct ProcessLimits {
  milliseconds time_max{60'000};
  std::size_t output_bytes_max = 64 * 1024;
};

// fetch() raises invalid (the program is not there, ends with another status than 0, prints too much or no
// {"Version": 1, …}) and unavailable (too slow). The program and what it started in its group are ended when
// time is up or the caller is cancelled.
std::unique_ptr<CredentialSource> process_source(std::string command, std::string where, FetchTools tools,
                                                 ProcessLimits limits = {});

// Words as a POSIX shell would split them: blanks, quotes, backslashes; no variables, no wildcards. nullopt:
// a quote is never closed, or a backslash ends the line. Pure.
std::optional<std::vector<std::string>> split_words(std::string_view command);

}  // namespace s3dr::client
