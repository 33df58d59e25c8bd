// The one exception type. `ErrorKind` says what the caller can do about the failure. The other fields say
// what happened and where.
// Expected answers (404 where absence is normal, 304, 412, end of list) are return values, never an Error.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace s3dr {

enum class ErrorKind {
  not_found,            // the thing named does not exist, and the caller cannot go on without it
  precondition_failed,  // If-Match / If-None-Match did not hold, or another change was faster: look again
  throttled,            // 429, 503 SlowDown: try again later and slower
  unavailable,          // not reached, or 5xx; the request surely had no effect: may be repeated
  denied,               // 401/403: not retried; a person has to act
  invalid,              // the request or the input is wrong: never retried
  unsupported,          // 501: this store does not offer the operation
  corrupt,              // data does not match its checksum or its format
  cancelled,            // we were told to stop
  outcome_unknown,      // sent, no answer: look before repeating a write
};

std::string_view to_string(ErrorKind kind);

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);

  // What the remote side said, if it said anything.
  Error& with_code(std::string s3_code);           // e.g. "NoSuchBucket"
  Error& with_status(int http_status);             // e.g. 404
  Error& with_request_id(std::string request_id);  // x-amz-request-id
  Error& with_resource(std::string resource);      // "s3://bucket/key", "s3dr.yaml:12"
  Error& with_region(std::string region);          // the right region, when the answer named one
  Error& with_advice(std::string what_to_do);      // printed on its own line by the commands

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const std::string& code() const { return code_; }
  int status() const { return status_; }
  const std::string& request_id() const { return request_id_; }
  const std::string& resource() const { return resource_; }
  const std::string& region() const { return region_; }
  const std::string& advice() const { return advice_; }

  // "AccessDenied (403) on s3://bucket: message [request 4F2A]"; one line, no advice.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  void compose();

  ErrorKind kind_;
  std::string message_, code_, request_id_, resource_, region_, advice_, text_;
  int status_ = 0;
};

// The same error with another kind.
Error with_kind(const Error& error, ErrorKind kind);

// A broken invariant of our own. Logs nothing; prints file, line and text and ends the process. Never for
// input from outside.
[[noreturn]] void check_failed(const char* file, int line, const char* text);

}  // namespace s3dr

#define S3DR_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::s3dr::check_failed(__FILE__, __LINE__, #condition))
