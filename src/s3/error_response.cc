#include "s3/error_response.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/xml.h"
#include "base/http_status.h"
#include "base/utf8.h"
#include "s3/xml_error.h"

namespace s3dr::s3 {
namespace {

struct CodeStatus {
  std::string_view code;
  int status;
};

// The codes of docs/protocol.md and of S3's list of error responses, by status.
constexpr CodeStatus known_codes[] = {
    {"PermanentRedirect", 301},
    {"TemporaryRedirect", 307},
    {"Redirect", 307},
    {"NotModified", 304},
    {"AuthorizationHeaderMalformed", 400},
    {"AuthorizationQueryParametersError", 400},
    {"BadDigest", 400},
    {"BadRequest", 400},
    {"BadRequestException", 400},
    {"EntityTooLarge", 400},
    {"EntityTooSmall", 400},
    {"ExpiredToken", 400},
    {"IdempotencyException", 400},
    {"IllegalLocationConstraintException", 400},
    {"IllegalVersioningConfigurationException", 400},
    {"IncompleteBody", 400},
    {"InvalidArgument", 400},
    {"InvalidBucketName", 400},
    {"InvalidBucketNamespace", 400},
    {"InvalidBucketOwnerAWSAccountID", 400},
    {"InvalidDigest", 400},
    {"InvalidEncryptionAlgorithmError", 400},
    {"InvalidLocationConstraint", 400},
    {"InvalidNamespaceHeader", 400},
    {"InvalidPart", 400},
    {"InvalidPartOrder", 400},
    {"InvalidRedirectLocation", 400},
    {"InvalidRequest", 400},
    {"InvalidStorageClass", 400},
    {"InvalidTag", 400},
    {"InvalidToken", 400},
    {"InvalidURI", 400},
    {"KeyTooLongError", 400},
    {"MalformedACLError", 400},
    {"MalformedPOSTRequest", 400},
    {"MalformedPolicy", 400},
    {"MalformedXML", 400},
    {"MaxMessageLengthExceeded", 400},
    {"MetadataTooLarge", 400},
    {"MissingNamespaceHeader", 400},
    {"MissingRequestBodyError", 400},
    {"MissingSecurityHeader", 400},
    {"RequestHeaderSectionTooLarge", 400},
    {"RequestIsNotMultiPartContent", 400},
    {"RequestTimeout", 400},
    {"TokenRefreshRequired", 400},
    {"TooManyBuckets", 400},
    {"TooManyTagsException", 400},
    {"UnexpectedContent", 400},
    {"UserKeyMustBeSpecified", 400},
    {"XAmzContentChecksumMismatch", 400},
    {"XAmzContentSHA256Mismatch", 400},
    {"AccessDenied", 403},
    {"AccessForbidden", 403},
    {"AccountProblem", 403},
    {"AllAccessDisabled", 403},
    {"CrossLocationLoggingProhibited", 403},
    {"CrossLocationLoggingProhibitted", 403},
    {"InvalidAccessKeyId", 403},
    {"InvalidObjectState", 403},
    {"InvalidPayer", 403},
    {"InvalidSecurity", 403},
    {"NotSignedUp", 403},
    {"RequestTimeTooSkewed", 403},
    {"SignatureDoesNotMatch", 403},
    {"NoSuchBucket", 404},
    {"NoSuchBucketPolicy", 404},
    {"NoSuchConfiguration", 404},
    {"NoSuchCORSConfiguration", 404},
    {"NoSuchJob", 404},
    {"NoSuchKey", 404},
    {"NoSuchLifecycleConfiguration", 404},
    {"NoSuchObjectLockConfiguration", 404},
    {"NoSuchPublicAccessBlockConfiguration", 404},
    {"NoSuchResource", 404},
    {"NoSuchTagSet", 404},
    {"NoSuchUpload", 404},
    {"NoSuchVersion", 404},
    {"NoSuchWebsiteConfiguration", 404},
    {"NotFound", 404},
    {"NotFoundException", 404},
    {"ObjectLockConfigurationNotFoundError", 404},
    {"OwnershipControlsNotFoundError", 404},
    {"ReplicationConfigurationNotFoundError", 404},
    {"ServerSideEncryptionConfigurationNotFoundError", 404},
    {"MethodNotAllowed", 405},
    {"BucketAlreadyExists", 409},
    {"BucketAlreadyOwnedByYou", 409},
    {"BucketNotEmpty", 409},
    {"ConditionalRequestConflict", 409},
    {"InvalidBucketState", 409},
    {"OperationAborted", 409},
    {"RestoreAlreadyInProgress", 409},
    {"MissingContentLength", 411},
    {"PreconditionFailed", 412},
    {"InvalidRange", 416},
    {"TooManyRequestsException", 429},
    {"InternalError", 500},
    {"InternalServiceException", 500},
    {"NotImplemented", 501},
    {"Busy", 503},
    {"ServiceUnavailable", 503},
    {"SlowDown", 503},
};

template <std::size_t count>
bool is_one_of(std::string_view code, const std::array<std::string_view, count>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

constexpr std::array<std::string_view, 13> throttling_codes = {"SlowDown",
                                                               "Throttling",
                                                               "ThrottlingException",
                                                               "ThrottledException",
                                                               "RequestThrottledException",
                                                               "RequestThrottled",
                                                               "TooManyRequestsException",
                                                               "ProvisionedThroughputExceededException",
                                                               "TransactionInProgressException",
                                                               "RequestLimitExceeded",
                                                               "BandwidthLimitExceeded",
                                                               "LimitExceededException",
                                                               "EC2ThrottledException"};

// Did not take effect and may be repeated, whatever the status. OperationAborted: another operation on the
// same bucket is under way.
constexpr std::array<std::string_view, 5> repeatable_codes = {"RequestTimeout", "RequestTimeoutException",
                                                              "PriorRequestNotComplete", "InternalError",
                                                              "OperationAborted"};

// The services answer some of these with 400.
constexpr std::array<std::string_view, 14> denied_codes = {
    "AccessDenied",         "AccessDeniedException",      "ExpiredToken",         "ExpiredTokenException",
    "IncompleteSignature",  "InvalidAccessKeyId",         "InvalidClientTokenId", "InvalidSignatureException",
    "InvalidToken",         "MissingAuthenticationToken", "RequestExpired",       "SignatureDoesNotMatch",
    "TokenRefreshRequired", "UnrecognizedClientException"};

constexpr std::array<std::string_view, 3> corrupt_codes = {"BadDigest", "XAmzContentSHA256Mismatch",
                                                           "XAmzContentChecksumMismatch"};

// 409 that says what is, not who won a race: the same request fails again.
constexpr std::array<std::string_view, 5> settled_conflicts = {
    "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "InvalidBucketState",
    "RestoreAlreadyInProgress"};

// What a remote side wrote, on one line, as UTF-8 and of bounded length.
std::string one_line(std::string_view text) {
  constexpr std::size_t bytes_max = 1'000;
  std::string result = cut_text(text, bytes_max);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return result;
}

// Codes are plain words; anything else would only confuse whoever compares them.
std::string plain_code(std::string_view text) {
  constexpr std::size_t bytes_max = 100;
  if (text.size() > bytes_max) return "";
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
  return plain ? std::string(text) : "";
}

int effective_status(int status, std::string_view code) {
  return status >= 200 && status < 300 && !code.empty() ? status_of(code) : status;
}

struct ErrorFields {
  std::string code, message, request_id, region;
};

ErrorFields fields_of(pugi::xml_node element) {
  ErrorFields fields;
  fields.code = plain_code(aws::xml::trimmed_text(aws::xml::child(element, "Code")));
  fields.message = one_line(aws::xml::trimmed_text(aws::xml::child(element, "Message")));
  fields.request_id = one_line(aws::xml::trimmed_text(aws::xml::child(element, "RequestId")));
  fields.region = one_line(aws::xml::trimmed_text(aws::xml::child(element, "Region")));
  return fields;
}

// Empty fields when the body is no error document. S3 has <Error> as its root, S3 Control and the query
// services have it inside of <ErrorResponse>.
ErrorFields fields_of_body(std::string_view body) {
  constexpr std::size_t bytes_max = 1 << 20;
  if (body.empty() || body.size() > bytes_max) return {};
  try {
    const aws::xml::Document document(body);
    const pugi::xml_node root = document.any_root();
    if (aws::xml::local_name(root) == "Error") return fields_of(root);
    if (aws::xml::local_name(root) != "ErrorResponse") return {};
    ErrorFields fields = fields_of(aws::xml::child(root, "Error"));
    if (fields.request_id.empty()) {
      fields.request_id = one_line(aws::xml::trimmed_text(aws::xml::child(root, "RequestId")));
    }
    return fields;
  } catch (const Error&) {
    return {};  // not XML: status and headers still tell enough
  }
}

Error compose(ErrorFields fields, int status) {
  const int effective = effective_status(status, fields.code);
  std::string message = std::move(fields.message);
  if (message.empty())
    message = "the server answered " + std::string(reason_or(effective, "no reason given"));
  Error error(kind_of(effective, fields.code), std::move(message));
  error.with_code(std::move(fields.code)).with_status(effective);
  error.with_request_id(std::move(fields.request_id)).with_region(std::move(fields.region));
  return error;
}

}  // namespace

ErrorKind kind_of(int status, std::string_view code) {
  status = effective_status(status, code);
  if (is_one_of(code, throttling_codes)) return ErrorKind::throttled;
  if (is_one_of(code, repeatable_codes)) return ErrorKind::unavailable;
  if (is_one_of(code, denied_codes)) return ErrorKind::denied;
  if (is_one_of(code, corrupt_codes)) return ErrorKind::corrupt;
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::denied;
    case 404:
      return ErrorKind::not_found;
    case 405:
    case 501:
      return ErrorKind::unsupported;
    case 408:
      return ErrorKind::unavailable;
    case 409:
      return is_one_of(code, settled_conflicts) ? ErrorKind::invalid : ErrorKind::precondition_failed;
    case 412:
      return ErrorKind::precondition_failed;
    case 429:
      return ErrorKind::throttled;
    default:
      break;
  }
  if (status >= 500 && status < 600) return ErrorKind::unavailable;
  if (status >= 300 && status < 500) return ErrorKind::invalid;
  return ErrorKind::corrupt;  // not an answer HTTP knows in this place
}

int status_of(std::string_view code) {
  for (const CodeStatus& known : known_codes) {
    if (known.code == code) return known.status;
  }
  return 400;
}

Error error_from_element(pugi::xml_node error_element, int status) {
  return compose(fields_of(error_element), status);
}

pugi::xml_node result_root(const aws::xml::Document& document, std::string_view name) {
  const pugi::xml_node root = document.any_root();
  if (aws::xml::local_name(root) == "Error") throw error_from_element(root, 200);
  return document.root(name);
}

Error error_from_response(int status, const Headers& headers, std::string_view body, std::string resource) {
  ErrorFields fields = fields_of_body(body);
  if (fields.code.empty()) {
    // The JSON services name the code in a header: "ResourceConflictException:http://…".
    const std::string_view type = headers.get_or("x-amzn-errortype", "");
    fields.code = plain_code(type.substr(0, type.find(':')));
  }
  if (const auto id = headers.get("x-amz-request-id")) fields.request_id = one_line(*id);
  if (fields.request_id.empty()) fields.request_id = one_line(headers.get_or("x-amzn-requestid", ""));
  if (const auto region = headers.get("x-amz-bucket-region")) fields.region = one_line(*region);
  Error error = compose(std::move(fields), status);
  error.with_resource(std::move(resource));
  return error;
}

std::string write_error(std::string_view code, std::string_view message, std::string_view resource,
                        std::string_view request_id, std::string_view host_id,
                        const std::vector<std::pair<std::string, std::string>>& extra) {
  aws::xml::Writer out("Error", "");
  out.element("Code", code);
  out.element("Message", message);
  for (const auto& [name, value] : extra) out.element(name, value);
  out.element("Resource", resource);
  out.element("RequestId", request_id);
  out.element("HostId", host_id);
  return std::move(out).finish();
}

}  // namespace s3dr::s3
