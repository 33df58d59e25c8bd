#include "dr/observed.h"

namespace s3dr::dr {

std::string_view to_string(Sight sight) {
  switch (sight) {
    case Sight::value:
      return "value";
    case Sight::absent:
      return "absent";
    case Sight::unsupported:
      return "unsupported";
    case Sight::not_observed:
      return "not observed";
    case Sight::failed:
      return "failed";
  }
  return "unknown";
}

bool is_transient(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::throttled:
    case ErrorKind::unavailable:
    case ErrorKind::outcome_unknown:
    case ErrorKind::precondition_failed:
    case ErrorKind::not_found:  // it vanished between two observations: the next one tells
      return true;
    case ErrorKind::denied:
    case ErrorKind::invalid:
    case ErrorKind::unsupported:
    case ErrorKind::corrupt:
    case ErrorKind::cancelled:
      return false;
  }
  return false;
}

}  // namespace s3dr::dr
