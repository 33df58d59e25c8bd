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

}  // namespace s3dr::functions
