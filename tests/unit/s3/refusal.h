// What a parser says to bad input, for the tests of this folder.
#pragma once

#include <string>

#include "base/error.h"

namespace s3dr::s3 {

// "invalid MalformedXML 400", or "accepted" when nothing was raised.
template <class Action>
std::string refusal_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + " " + error.code() + " " + std::to_string(error.status());
  }
  return "accepted";
}

constexpr const char* malformed = "invalid MalformedXML 400";

}  // namespace s3dr::s3
