#include "cloud/door/answer.h"

#include "base/encoding.h"
#include "s3/error_response.h"

namespace s3dr::cloud {
namespace {

struct Fallback {
  std::string_view code;
  int status;
};

// For errors without a code of S3: errors of our own, and failures of lower layers.
Fallback fallback_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
      return {"NoSuchResource", 404};
    case ErrorKind::precondition_failed:
      return {"PreconditionFailed", 412};
    case ErrorKind::throttled:
      return {"SlowDown", 503};
    case ErrorKind::denied:
      return {"AccessDenied", 403};
    case ErrorKind::invalid:
      return {"InvalidRequest", 400};
    case ErrorKind::unsupported:
      return {"NotImplemented", 501};
    case ErrorKind::unavailable:
    case ErrorKind::outcome_unknown:
      return {"ServiceUnavailable", 503};
    case ErrorKind::corrupt:
    case ErrorKind::cancelled:
      break;
  }
  return {"InternalError", 500};
}

bool names_a_bucket(std::string_view code) {
  return code.find("Bucket") != std::string_view::npos || code == "NoSuchTagSet" || code == "AccessDenied" ||
         code == "ReplicationConfigurationNotFoundError";
}

}  // namespace

HttpResponse empty_answer(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

HttpResponse xml_answer(std::string xml, int status) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/xml");
  response.body = Body(std::move(xml));
  return response;
}

std::string answer_code(const Error& error) {
  return error.code().empty() ? std::string(fallback_of(error.kind()).code) : error.code();
}

int answer_status(const Error& error) {
  if (error.status() >= 300) return error.status();
  if (error.code().empty()) return fallback_of(error.kind()).status;
  const int status = s3::status_of(error.code());
  // A code that S3 does not define must not turn a failure of the cloud into a fault of the caller.
  const bool ours = error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::outcome_unknown;
  return ours && status < 500 ? 503 : status;
}

HttpResponse error_answer(const Error& error, const ErrorFrame& frame) {
  const int status = answer_status(error);
  HttpResponse response = empty_answer(status);
  if (!error.region().empty()) response.headers.add("x-amz-bucket-region", error.region());
  if (frame.method == "HEAD" || status == 304) return response;
  const std::string code = answer_code(error);
  auto extra = frame.extra;
  if (!frame.bucket.empty() && names_a_bucket(code)) extra.emplace_back("BucketName", frame.bucket);
  if (!error.region().empty() && code == "PermanentRedirect") {
    extra.emplace_back("Bucket", frame.bucket);
    extra.emplace_back("Region", error.region());
  }
  // The internal cause is for the log, not for the caller.
  const std::string message =
      status == 500 ? "We encountered an internal error. Please try again." : error.message();
  response.headers.add("Content-Type", "application/xml");
  response.body =
      Body(s3::write_error(code, message, frame.resource, frame.request_id, frame.host_id, extra));
  return response;
}

void add_common_headers(HttpResponse& response, const ErrorFrame& frame, Instant now) {
  response.headers.set("x-amz-request-id", frame.request_id);
  response.headers.set("x-amz-id-2", frame.host_id);
  response.headers.set("Date", to_http_date(now));
  response.headers.set("Server", "s3dr");
}

}  // namespace s3dr::cloud
