// What a target receives of an event. Pure.
//   no setting         the whole event
//   InputPath          a part of it
//   Input              a constant
//   InputTransformer   a text made of parts
// Source of the rules: EventBridge API reference, PutTargets; User Guide, "Input transformation".
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"

namespace s3dr::services {

// The values of a template's predefined variables.
struct InputContext {
  std::string rule_arn, rule_name;
  Instant ingested{};
};

// Refuses (ServiceError ValidationException) what target_input could not do:
// - more than one of the three settings
// - an Input that is not JSON
// - a path that is not of the form $.a.b[0]['c']
// - a template that names an unknown variable, or whose result could not be JSON
void check_input(const boost::json::object& target);

// The largest result of a template, the same as the largest event. Without a limit a few kilobytes of
// template could repeat an event thousands of times.
inline constexpr std::size_t input_bytes_max = 256 * 1024;

// The payload for a target. Needs: its fields passed check_input. nullopt: the template's result is larger
// than `input_bytes_max`. A path that finds nothing gives null; inside a text of the template it gives "".
std::optional<std::string> target_input(const boost::json::object& target, const boost::json::object& event,
                                        const InputContext& context);

}  // namespace s3dr::services
