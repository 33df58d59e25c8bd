#include "client/services/service_error.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "s3/error_response.h"

namespace s3dr::client {
namespace {

struct CodeKind {
  std::string_view code;
  ErrorKind kind;
};

// Codes whose status is not precise enough or is misleading.
constexpr CodeKind known_codes[] = {
    {"AWS.SimpleQueueService.NonExistentQueue", ErrorKind::not_found},
    {"NoSuchEntity", ErrorKind::not_found},
    {"NotFound", ErrorKind::not_found},
    {"NotFoundException", ErrorKind::not_found},
    {"QueueDoesNotExist", ErrorKind::not_found},
    {"ResourceNotFound", ErrorKind::not_found},
    {"ResourceNotFoundException", ErrorKind::not_found},
    {"TrailNotFoundException", ErrorKind::not_found},
    {"AuthorizationError", ErrorKind::denied},
    {"AuthorizationErrorException", ErrorKind::denied},
    {"ForbiddenException", ErrorKind::denied},
    {"IDPRejectedClaim", ErrorKind::denied},
    {"IncompleteSignatureException", ErrorKind::denied},
    {"InvalidIdentityToken", ErrorKind::denied},
    {"MissingAuthenticationTokenException", ErrorKind::denied},
    {"NotAuthorized", ErrorKind::denied},
    {"OptInRequired", ErrorKind::denied},
    {"RegionDisabledException", ErrorKind::denied},
    {"RequestInTheFuture", ErrorKind::denied},
    {"UnauthorizedException", ErrorKind::denied},
    {"UnauthorizedOperation", ErrorKind::denied},
    {"AWS.SimpleQueueService.QueueDeletedRecently", ErrorKind::precondition_failed},
    {"ConflictException", ErrorKind::precondition_failed},
    {"EntityAlreadyExists", ErrorKind::precondition_failed},
    {"QueueAlreadyExists", ErrorKind::precondition_failed},
    {"QueueDeletedRecently", ErrorKind::precondition_failed},
    {"QueueNameExists", ErrorKind::precondition_failed},
    {"ResourceAlreadyExistsException", ErrorKind::precondition_failed},
    {"ResourceConflictException", ErrorKind::precondition_failed},
    {"TrailAlreadyExistsException", ErrorKind::precondition_failed},
    {"ConcurrentAccess", ErrorKind::unavailable},
    {"ConcurrentAccessException", ErrorKind::unavailable},
    {"ConcurrentModification", ErrorKind::unavailable},
    {"ConcurrentModificationException", ErrorKind::unavailable},
    {"IDPCommunicationError", ErrorKind::unavailable},
    {"InternalErrorException", ErrorKind::unavailable},
    {"InternalFailure", ErrorKind::unavailable},
    {"InternalServerError", ErrorKind::unavailable},
    {"OperationAbortedException", ErrorKind::unavailable},
    {"ServiceException", ErrorKind::unavailable},
    {"ServiceUnavailable", ErrorKind::unavailable},
    {"ServiceUnavailableException", ErrorKind::unavailable},
    {"KMSThrottlingException", ErrorKind::throttled},
    {"RequestThrottledException", ErrorKind::throttled},
    {"Throttled", ErrorKind::throttled},
    {"ThrottledException", ErrorKind::throttled},
    {"DeleteConflict", ErrorKind::invalid},
    {"LimitExceeded", ErrorKind::invalid},  // IAM's quota; the …Exception of others may be a throttle
    {"UnsupportedOperationException", ErrorKind::unsupported},
    {"UnsupportedOperation", ErrorKind::unsupported},
};

std::string bare_code(std::string_view text) {
  if (const auto hash = text.rfind('#'); hash != std::string_view::npos) text.remove_prefix(hash + 1);
  text = text.substr(0, text.find(':'));
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  constexpr std::size_t bytes_max = 100;
  const bool plain = text.size() <= bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '.' || c == '_';
                     });
  return plain ? std::string(text) : std::string();
}

std::string text_field(const boost::json::object& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const boost::json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string() || value->get_string().empty()) continue;
    constexpr std::size_t bytes_max = 1'000;
    const auto& held = value->get_string();
    std::string text(held.data(), std::min(held.size(), bytes_max));
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return text;
  }
  return {};
}

}  // namespace

ErrorKind service_error_kind(int status, std::string_view code) {
  for (const CodeKind& known : known_codes) {
    // A server that does not offer the operation says 501, whatever the word: InvalidAction,
    // UnknownOperation.
    if (known.code == code && status != 501) return known.kind;
  }
  return s3::kind_of(status, code);
}

Error error_from_service(int status, const Headers& headers, std::string_view body, std::string resource) {
  // Reads XML bodies and the request id.
  const Error plain = s3::error_from_response(status, headers, body, resource);
  std::string code = plain.code(), message = plain.message();
  boost::system::error_code failure;
  const boost::json::value parsed =
      body.empty() || body.front() != '{'
          ? boost::json::value()
          : boost::json::parse(boost::json::string_view(body.data(), body.size()), failure);
  if (!failure && parsed.is_object()) {
    const boost::json::object& object = parsed.get_object();
    const std::string type = text_field(object, {"__type", "code", "Code"});
    if (std::string bare = bare_code(type); !bare.empty()) code = std::move(bare);
    if (std::string text = text_field(object, {"message", "Message", "errorMessage"}); !text.empty()) {
      message = std::move(text);
    }
  }
  if (code.empty()) code = bare_code(headers.get_or("x-amzn-errortype", ""));
  Error error(service_error_kind(status, code), std::move(message));
  error.with_code(std::move(code)).with_status(status).with_request_id(plain.request_id());
  error.with_resource(std::move(resource));
  return error;
}

}  // namespace s3dr::client
