// What a target receives of an event: the whole, a part (InputPath), a constant (Input), or a text made of
// parts (InputTransformer). Pure. Source of the rules: EventBridge API reference, PutTargets; User Guide,
// "Input transformation".
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"

namespace s3dr::services {

// What the predefined variables of a template tell.
struct InputContext {
  std::string rule_arn, rule_name;
  Instant ingested{};
};

// Refuses (ServiceError ValidationException) what target_input could not do: more than one of the three, an
// Input that is no JSON, a path other than $.a.b[0]['c'], a template that names an unknown variable or whose
// result could not be JSON.
void check_input(const boost::json::object& target);

// What a template may come to, as large as an event may be: a few kilobytes of template could otherwise
// repeat an event thousands of times.
inline constexpr std::size_t input_bytes_max = 256 * 1024;

// The payload for a target whose fields passed check_input; nullopt: its template came to more than
// `input_bytes_max`. A path that leads nowhere is null, within a text of the template it is "".
std::optional<std::string> target_input(const boost::json::object& target, const boost::json::object& event,
                                        const InputContext& context);

}  // namespace s3dr::services
