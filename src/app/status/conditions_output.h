// How conditions (dr/conditions/conditions.h) are shown to people and programs: the same words in `status` and `plan`, as text and as
// JSON. Pure.
#pragma once

#include <boost/json.hpp>

#include <string>
#include <vector>

#include "base/clock.h"
#include "dr/conditions/conditions.h"

namespace s3dr::app {

// "Verified is false (DifferencesFound) since 13:20:12 UTC: the comparison of … found 3 differences".
std::string sentence_of(const dr::Condition& condition, Instant now);

// One line each: type, status, since when, reason, message. What is not as it should be has a "!" in front.
// `width`: of the terminal; 0: no limit.
std::string conditions_as_table(const std::vector<dr::Condition>& conditions, Instant now, std::size_t width);

// [{"type", "status", "healthy", "reason", "message", "since"}, …]; `since` is null when it is not known.
boost::json::array json_of(const std::vector<dr::Condition>& conditions);

}  // namespace s3dr::app
