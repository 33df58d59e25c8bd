#include "functions/outcome.h"

namespace s3dr::functions {

std::string_view to_string(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::done:
      return "done";
    case Outcome::Kind::nothing_to_do:
      return "nothing to do";
    case Outcome::Kind::look_again:
      return "look again";
    case Outcome::Kind::blocked:
      return "blocked";
  }
  return "blocked";
}

std::string condition_of(const Outcome& outcome) {
  if (dr::needs_a_person(outcome.state)) return std::string(dr::to_string(outcome.state));
  if (outcome.kind != Outcome::Kind::blocked) return outcome.rules_lost ? "rules_lost" : "";
  const bool named = outcome.error == ErrorKind::denied || outcome.error == ErrorKind::invalid ||
                     outcome.error == ErrorKind::corrupt;
  return named ? std::string(to_string(*outcome.error)) : "blocked";
}

}  // namespace s3dr::functions
