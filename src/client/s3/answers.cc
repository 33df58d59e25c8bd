#include "client/s3/answers.h"

#include <utility>

namespace s3dr::client {
namespace {

// "tagging" in "GET /bucket?tagging"; empty when the call is about no sub-resource of a bucket.
std::string_view sub_resource(const S3Call& call) {
  if (call.bucket.empty() || !call.key.empty() || call.query.empty()) return {};
  return call.query.front().value.empty() ? std::string_view(call.query.front().name) : std::string_view();
}

bool without_code(const Error& error) {
  const bool may_mean_unknown = error.status() == 400 || error.status() == 404 || error.status() == 405;
  return may_mean_unknown && error.code().empty();
}

// A store without S3 Control takes the path for a bucket's name.
bool took_path_for_bucket(std::string_view body) {
  return body.find("<BucketName>v20180820<") != std::string_view::npos ||
         body.find("<Resource>/v20180820") != std::string_view::npos ||
         body.find("<Resource>v20180820") != std::string_view::npos;
}

// Words of S3's object API in answer to a call of S3 Control: the store took it for something else. AWS's own codes of
// S3 Control are other ones (BadRequestException, NoSuchJob, NotFoundException …).
bool is_not_of_s3_control(const Error& error, const S3Call& call) {
  const std::string& code = error.code();
  if (error.status() == 404) {
    return code == "NoSuchKey" || code == "NotFound" ||
           (code == "NoSuchBucket" && call.control_path.find("/jobs") != std::string::npos);
  }
  if (error.status() != 400 || call.method != "GET") return false;
  return code == "InvalidRequest" || code == "InvalidArgument" || code == "InvalidBucketName" ||
         code == "InvalidURI" || code == "MalformedXML" || code == "MethodNotAllowed" || code == "BadRequest";
}

Error unsupported(const Error& error, const std::string& what) {
  Error result(ErrorKind::unsupported, what + " (" + error.message() + ")");
  result.with_code(error.code()).with_status(error.status()).with_request_id(error.request_id());
  result.with_resource(error.resource()).with_region(error.region());
  return result;
}

}  // namespace

Error refined(Error error, const S3Call& call, std::string_view body) {
  if (call.method == "HEAD" || error.kind() == ErrorKind::unsupported) return error;
  if (!call.control_path.empty()) {
    if (without_code(error) || took_path_for_bucket(body) || is_not_of_s3_control(error, call))
      return unsupported(error, "the store has no S3 Control");
    return error;
  }
  const std::string_view name = sub_resource(call);
  if (name.empty()) return error;
  const std::string what = "the store does not offer ?" + std::string(name);
  if (without_code(error)) return unsupported(error, what);
  // "The request contained an unsupported argument": nothing but the sub-resource was asked for.
  if (call.method == "GET" && error.code() == "UnsupportedArgument") return unsupported(error, what);
  const bool vague = error.code() == "InvalidRequest" || error.code() == "InvalidArgument";
  // Only for reads: AWS refuses PUTs with these codes for reasons that mention the sub-resource, too.
  if (call.method == "GET" && error.status() == 400 && vague &&
      lower_case(error.message()).find(lower_case(name)) != std::string::npos) {
    return unsupported(error, what);
  }
  return error;
}

void throw_not_understood(const Error& cause, std::string_view text, const std::string& resource) {
  if (looks_like_html(text)) {
    throw Error(ErrorKind::unsupported, "the answer is a web page, not S3's XML")
        .with_resource(resource)
        .with_advice("check that the endpoint is that of an S3 service, and what proxy stands before it");
  }
  if (text.find("<ListBucketResult") != std::string_view::npos) {
    throw Error(ErrorKind::unsupported, "the store answers with a listing: it does not know what was asked")
        .with_resource(resource);
  }
  throw Error(ErrorKind::corrupt, "the answer is not understood: " + cause.message()).with_resource(resource);
}

}  // namespace s3dr::client
