// Whether anybody answered at all. "The region does not answer" and "the region answers that it cannot" lead a person
// to different places.
#pragma once

#include "base/error.h"

namespace s3dr {

// Nothing came back: not reached, or no answer in time. A 503 has the same kind and is an answer.
inline bool is_silence(const Error& error) {
  return error.status() == 0 &&
         (error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::outcome_unknown);
}

}  // namespace s3dr
