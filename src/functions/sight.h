// How the failure of a call becomes an observation (dr/observed.h). Internal to functions/.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "dr/observed.h"

namespace s3dr::functions {

// Cancellation is no observation: it is for the caller to raise it again.
template <class T>
dr::Observed<T> failure_of(const Error& error, Instant at) {
  if (error.kind() == ErrorKind::unsupported) return dr::Observed<T>::unsupported(error.what(), at);
  return dr::Observed<T>::failed(error.kind(), error.what(), at);
}

}  // namespace s3dr::functions
