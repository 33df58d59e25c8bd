// The pattern language of EventBridge rules: which events match a rule. The embedded cloud uses it for
// PutRule, TestEventPattern and events. `s3dr deploy` checks its own rule with it. It is not the filter
// policy language of SNS, which looks similar.
//
// Where the service's documentation leaves the choice, this is implemented:
// - Fields of pattern and event are compared by their full dotted path. {"a.b": [1]}, {"a": {"b": [1]}} and
//   an event's {"a.b": 1} are the same field. Of two patterns for one path the last one counts, as of two
//   equal JSON keys.
// - Lists of objects are matched PER FIELD, not per element: {"Tag": {"Key": ["dr"], "Value": ["true"]}}
//   matches when one element has the key and another one the value. (Newer engines of the service demand one
//   element. Do not rely on either.)
// - An object and a list of one object are the same.
// - An object and an empty list have no leaf: {"exists": true} does not hold for them, {"exists": false}
//   does.
// - Numbers between -5e9 and 5e9 are compared with six digits behind the point, other numbers exactly.
//   `numeric` holds for no number outside that range.
// - A wildcard has at most 32 stars ("too complex").
// - `equals-ignore-case` folds A-Z only.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "aws/event_matcher.h"

namespace s3dr::aws {

class EventPattern {
 public:
  static constexpr std::size_t characters_max = 4096;  // code points
  static constexpr std::size_t depth_max = 100;        // objects and lists inside each other
  static constexpr std::size_t combinations_max = 1000;

  // Reads a rule's EventPattern. Raises Error invalid with the words of the service's
  // InvalidEventPatternException: "Event pattern is not valid. Reason: WHY at detail.eventName[0]". For a
  // text that is not JSON the error names the offset.
  static EventPattern parse(std::string_view text);

  // True if the event satisfies every field of the pattern. False for anything that is not an object. Each
  // element of the pattern takes time linear in the event. It goes as deep as the event is nested: limit the
  // depth when reading the event (Boost.JSON does by default).
  bool matches(const boost::json::value& event) const;
  // The same for the text of an event. Raises invalid unless it is a JSON object.
  bool matches_text(std::string_view event) const;

 private:
  struct Field {
    std::size_t path = 0;  // index into paths_
    std::vector<EventMatcher> any_of;
  };
  struct Group {  // all of its fields and one branch of each of its alternatives
    std::vector<Field> fields;
    std::vector<std::vector<Group>> alternatives;
  };
  class Reader;
  class Leaves;

  static bool holds(const Group& group, const Leaves& leaves);

  std::vector<std::string> paths_;  // sorted, each once
  Group root_;
};

}  // namespace s3dr::aws
