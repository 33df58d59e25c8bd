#include "base/error.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace s3dr {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
      return "not found";
    case ErrorKind::precondition_failed:
      return "precondition failed";
    case ErrorKind::throttled:
      return "throttled";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::denied:
      return "denied";
    case ErrorKind::invalid:
      return "invalid";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::outcome_unknown:
      return "outcome unknown";
  }
  return "?";
}

Error::Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {
  compose();
}

Error& Error::with_code(std::string s3_code) {
  code_ = std::move(s3_code);
  compose();
  return *this;
}

Error& Error::with_status(int http_status) {
  status_ = http_status;
  compose();
  return *this;
}

Error& Error::with_request_id(std::string request_id) {
  request_id_ = std::move(request_id);
  compose();
  return *this;
}

Error& Error::with_resource(std::string resource) {
  resource_ = std::move(resource);
  compose();
  return *this;
}

Error& Error::with_region(std::string region) {
  region_ = std::move(region);
  return *this;
}

Error& Error::with_advice(std::string what_to_do) {
  advice_ = std::move(what_to_do);
  return *this;
}

void Error::compose() {
  text_ = code_.empty() ? std::string(to_string(kind_)) : code_;
  if (status_ != 0) text_ += fmt::format(" ({})", status_);
  if (!resource_.empty()) text_ += " on " + resource_;
  text_ += ": " + message_;
  if (!request_id_.empty()) text_ += fmt::format(" [request {}]", request_id_);
}

Error with_kind(const Error& error, ErrorKind kind) {
  Error result(kind, error.message());
  result.with_code(error.code()).with_status(error.status()).with_request_id(error.request_id());
  result.with_resource(error.resource()).with_region(error.region()).with_advice(error.advice());
  return result;
}

void check_failed(const char* file, int line, const char* text) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, text);
  std::abort();
}

}  // namespace s3dr
