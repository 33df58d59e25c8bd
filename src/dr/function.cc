#include "dr/function.h"

namespace s3dr::dr {

std::string_view to_string(Function function) {
  switch (function) {
    case Function::source_bucket_check:
      return "source_bucket_check";
    case Function::destination_bucket_check:
      return "destination_bucket_check";
    case Function::enable_replication:
      return "enable_replication";
  }
  return "?";
}

std::string_view to_string(std::optional<Function> function) {
  return function ? to_string(*function) : "nobody";
}

std::optional<Function> parse_function(std::string_view name) {
  for (const Function function : all_functions) {
    if (name == to_string(function)) return function;
  }
  return std::nullopt;
}

bool comes_before(Function earlier, Function later) {
  switch (later) {
    case Function::source_bucket_check:
      return false;
    case Function::destination_bucket_check:
      return earlier == Function::source_bucket_check;
    case Function::enable_replication:
      return earlier != Function::enable_replication;
  }
  return false;
}

}  // namespace s3dr::dr
