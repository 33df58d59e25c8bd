#include "client/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/deadline.h"
#include "base/encoding.h"

namespace s3dr::client {
namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;  // 1,000 versions with the longest keys are 4 MiB
constexpr std::size_t error_bytes_max = 256 * 1024;

constexpr std::array<std::string_view, 7> expiry_codes = {"ExpiredToken",
                                                          "ExpiredTokenException",
                                                          "InvalidToken",
                                                          "InvalidAccessKeyId",
                                                          "TokenRefreshRequired",
                                                          "InvalidClientTokenId",
                                                          "UnrecognizedClientException"};

Task<> send_and_read(http::HttpTransport& transport, Endpoint endpoint, HttpRequest request,
                     ExchangeRules rules, RawAnswer& answer) {
  const bool head = request.method == "HEAD";
  HttpResponse response = co_await transport.send(std::move(endpoint), std::move(request), rules.send);
  answer.status = response.status;
  answer.headers = std::move(response.headers);
  const bool success = is_success(answer.status);
  if (success && rules.is_streamed) {
    answer.body = std::move(response.body);
    co_return;
  }
  if (head) co_return;
  try {
    answer.text = co_await response.body.read_all(success ? answer_bytes_max : error_bytes_max);
  } catch (const Error& error) {
    // The status of a refusal counts, even if its text was lost on the way.
    if (success || error.kind() == ErrorKind::cancelled) throw;
  }
}

}  // namespace

bool is_success(int status) {
  return status >= 200 && status < 300;
}

Error without_secrets(const Error& error, const aws::Credentials& credentials) {
  constexpr std::string_view shown = "(secret)";
  const auto cleaned = [&](std::string text) {
    for (const std::string* secret :
         {&credentials.secret_access_key.reveal(), &credentials.session_token.reveal()}) {
      if (secret->empty()) continue;
      for (auto at = text.find(*secret); at != std::string::npos;
           at = text.find(*secret, at + shown.size())) {
        text.replace(at, secret->size(), shown);
      }
    }
    return text;
  };
  Error result(error.kind(), cleaned(error.message()));
  result.with_code(cleaned(error.code())).with_status(error.status());
  result.with_request_id(cleaned(error.request_id())).with_resource(error.resource());
  result.with_region(cleaned(error.region())).with_advice(error.advice());
  return result;
}

ErrorKind settled_kind(const Error& error, Repeatable repeatable) {
  const bool turned_away = error.status() == 503 && !error.code().empty();
  if (repeatable == Repeatable::only_unsent && error.kind() == ErrorKind::unavailable &&
      error.status() >= 500 && !turned_away) {
    return ErrorKind::outcome_unknown;
  }
  return error.kind();
}

Task<RawAnswer> exchange(http::HttpTransport& transport, Clock& clock, Endpoint endpoint, HttpRequest request,
                         ExchangeRules rules, aws::Credentials to_hide) {
  const milliseconds limit = rules.limit;
  const std::string resource = rules.resource;
  Error late(ErrorKind::outcome_unknown,
             fmt::format("no answer from {} within {} s", endpoint.url(), limit.count() / 1000));
  RawAnswer answer;
  std::optional<Error> failure;
  try {
    co_await with_deadline(
        clock, limit,
        send_and_read(transport, std::move(endpoint), std::move(request), std::move(rules), answer),
        std::move(late));
  } catch (const Error& error) {
    failure = error;
  }
  if (!failure) co_return std::move(answer);
  // An answer had begun: the request did arrive.
  const bool arrived = answer.status != 0 && failure->kind() == ErrorKind::unavailable;
  Error located = arrived ? with_kind(*failure, ErrorKind::outcome_unknown) : *failure;
  if (located.resource().empty()) located.with_resource(resource);
  throw without_secrets(located, to_hide);
}

bool mend_clock(Mending& mending, const Clock& clock, milliseconds& offset, milliseconds noticed) {
  if (mending.clock_corrected || !mending.server_time) return false;
  const milliseconds measured = *mending.server_time - clock.now();
  mending.clock_corrected = true;
  if (std::chrono::abs(measured - offset) < noticed) return false;
  offset = measured;
  return true;
}

bool mend_credentials(Mending& mending, CredentialsProvider& credentials, std::string_view code) {
  if (mending.credentials_renewed) return false;
  if (std::find(expiry_codes.begin(), expiry_codes.end(), code) == expiry_codes.end()) return false;
  mending.credentials_renewed = true;
  return credentials.renew();
}

}  // namespace s3dr::client
