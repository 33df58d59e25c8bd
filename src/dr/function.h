// The three functions and the order in which a bucket passes through them:
//   source_bucket_check → destination_bucket_check → enable_replication
// A plan says which of them carries out an action (dr/plan.h); a deployment declares resources for each.
#pragma once

#include <optional>
#include <string_view>

namespace s3dr::dr {

enum class Function { source_bucket_check, destination_bucket_check, enable_replication };
constexpr Function all_functions[] = {Function::source_bucket_check, Function::destination_bucket_check,
                                      Function::enable_replication};

std::string_view to_string(Function function);  // "source_bucket_check"
// nullopt: none of the three has this name.
std::optional<Function> parse_function(std::string_view name);

// In place of a function: none of the three carries it out, or none of the three asks.
inline constexpr std::nullopt_t nobody = std::nullopt;
std::string_view to_string(std::optional<Function> function);  // "nobody" for none

// A bucket has to pass `earlier` before it reaches `later`. False for the same function twice.
bool comes_before(Function earlier, Function later);

}  // namespace s3dr::dr
