// Credentials that a program of the user prints: `credential_process` in a profile. The program is started
// without a shell and gets no input. Its time and its output are limited. Its output is never logged, not
// even in part, because it may be a secret.
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

// fetch() raises
// - invalid: the program does not exist, ends with a status other than 0, prints too much, or prints no
//   {"Version": 1, …};
// - unavailable: it is too slow.
// When time is up or the caller is cancelled, the program and all processes in its group are ended.
std::unique_ptr<CredentialSource> process_source(std::string command, std::string where, FetchTools tools,
                                                 ProcessLimits limits = {});

// Splits words as a POSIX shell does: blanks, quotes, backslashes; no variables, no wildcards. nullopt: a
// quote is not closed, or a backslash ends the line. Pure.
std::optional<std::vector<std::string>> split_words(std::string_view command);

}  // namespace s3dr::client
