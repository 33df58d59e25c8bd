#include "client/s3_client.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "aws/hash.h"
#include "base/deadline.h"
#include "base/encoding.h"
#include "client/answers.h"
#include "client/upload_body.h"
#include "s3/error_response.h"

namespace s3dr::client {
namespace {

constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;  // 1,000 versions with the longest keys are 4 MiB
constexpr std::size_t error_bytes_max = 256 * 1024;
constexpr milliseconds skew_noticed{60'000};

bool is_success(int status) {
  return status >= 200 && status < 300;
}

// What a server echoes of our request (SignatureDoesNotMatch does) must not carry a secret into a log.
Error without_secrets(const Error& error, const aws::Credentials& credentials) {
  const auto cleaned = [&](std::string text) {
    for (const std::string* secret :
         {&credentials.secret_access_key.reveal(), &credentials.session_token.reveal()}) {
      if (secret->empty()) continue;
      for (auto at = text.find(*secret); at != std::string::npos; at = text.find(*secret)) {
        text.replace(at, secret->size(), "(secret)");
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

// A 5xx does not tell whether the write took effect; S3's own 503 does: it turned the request away.
ErrorKind settled_kind(const Error& error, Repeatable repeatable) {
  const bool turned_away = error.status() == 503 && !error.code().empty();
  if (repeatable == Repeatable::only_unsent && error.kind() == ErrorKind::unavailable &&
      error.status() >= 500 && !turned_away) {
    return ErrorKind::outcome_unknown;
  }
  return error.kind();
}

std::optional<s3::Region> region_named(const Error& error) {
  try {
    return s3::Region::parse(error.region());  // refuses anything that could not stand in a host name
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool is_expiry(std::string_view code) {
  constexpr std::array<std::string_view, 5> codes = {"ExpiredToken", "ExpiredTokenException", "InvalidToken",
                                                     "InvalidAccessKeyId", "TokenRefreshRequired"};
  for (const std::string_view known : codes) {
    if (code == known) return true;
  }
  return false;
}

}  // namespace

// What one call has learned between its attempts.
struct S3Client::Journey {
  s3::Region region;  // where the next attempt goes
  bool redirected = false;
  bool clock_corrected = false;
  bool credentials_renewed = false;
  std::optional<Instant> server_time;  // Date of the last answer
};

S3Client::S3Client(http::HttpTransport& transport, Clock& clock, Random& random,
                   CredentialsProvider& credentials, S3ClientOptions options)
    : transport_(transport),
      clock_(clock),
      random_(random),
      credentials_(credentials),
      options_(std::move(options)) {}

bool S3Client::uses_tls() const {
  const auto endpoint = options_.endpoints.custom(options_.region);
  return !endpoint || endpoint->tls;
}

Task<S3Outcome> S3Client::call(S3Call call) {
  Journey journey;
  journey.region = options_.region;
  const std::function<Task<S3Outcome>()> attempt_now = [this, &call, &journey] {
    return attempt(call, journey);
  };
  while (true) {
    S3Outcome outcome =
        co_await with_retry<S3Outcome>(clock_, random_, options_.retry, call.repeatable, attempt_now);
    if (outcome || !turn(call, outcome.error(), journey)) co_return outcome;
  }
}

Task<S3Answer> S3Client::require(S3Call call) {
  S3Outcome outcome = co_await this->call(std::move(call));
  if (!outcome) throw std::move(outcome).error();
  co_return std::move(*outcome);
}

bool S3Client::turn(const S3Call& call, const Error& error, Journey& journey) {
  const bool head = call.method == "HEAD";  // has no body, so no code
  const bool elsewhere = error.status() == 301 || error.status() == 307 ||
                         (error.status() == 400 && (head || error.code() == "AuthorizationHeaderMalformed"));
  if (elsewhere && !journey.redirected) {
    const auto region = region_named(error);
    if (region && *region != journey.region && options_.endpoints.may_redirect(journey.region, *region)) {
      journey.redirected = true;
      journey.region = *region;
      return true;
    }
  }
  if (error.status() == 403 && !journey.clock_corrected && journey.server_time) {
    const milliseconds offset = *journey.server_time - clock_.now();
    const milliseconds change = std::chrono::abs(offset - clock_offset_);
    if (error.code() == "RequestTimeTooSkewed" || (head && change > std::chrono::minutes(5))) {
      journey.clock_corrected = true;
      if (change < skew_noticed) return false;  // the clock is not what is wrong
      clock_offset_ = offset;
      return true;
    }
  }
  if (is_expiry(error.code()) && !journey.credentials_renewed) {
    journey.credentials_renewed = true;
    return credentials_.renew();
  }
  return false;
}

HttpRequest S3Client::build(const S3Call& call, const Address& address, const Journey& journey,
                            const aws::Credentials& credentials) {
  HttpRequest request;
  request.method = call.method;
  request.target = target_of(call, address);
  request.headers.add("Host", address.endpoint.host_header());
  request.headers.add("User-Agent", options_.user_agent);
  for (const Header& field : call.headers) request.headers.add(field.name, field.value);
  if (!call.control_path.empty()) {
    request.headers.set("x-amz-account-id", call.owner.text());
  } else if (!call.bucket.empty() && !call.owner.empty() && options_.expected_owner) {
    request.headers.set("x-amz-expected-bucket-owner", call.owner.text());
  }
  const bool tls = address.endpoint.tls;
  std::string payload_hash;
  if (call.upload) {
    payload_hash = prepare_upload(request, *call.upload, tls);
  } else {
    if (!call.text.empty()) request.headers.set("Content-MD5", to_base64(aws::md5(call.text)));
    payload_hash = aws::sha256_hex(call.text);
    request.body = Body(call.text);
  }
  const aws::SignedRequest signed_request =
      aws::sign_header(request, credentials, {journey.region.text(), "s3"}, clock_.now() + clock_offset_,
                       payload_hash, &signing_keys_);
  if (call.upload) request.body = open_upload(*call.upload, tls, signed_request);
  return request;
}

Task<> S3Client::exchange(Endpoint endpoint, HttpRequest request, const S3Call& call, S3Answer& answer) {
  const bool head = request.method == "HEAD";
  HttpResponse response = co_await transport_.send(std::move(endpoint), std::move(request), options_.send);
  answer.status = response.status;
  answer.headers = std::move(response.headers);
  const bool success = is_success(answer.status);
  if (success && call.streamed_answer) {
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

Task<S3Outcome> S3Client::attempt(const S3Call& call, Journey& journey) {
  const std::string resource = resource_of(call);
  const aws::Credentials credentials = co_await credentials_.get();
  const Address address = call.control_path.empty()
                              ? options_.endpoints.bucket_address(journey.region, call.bucket)
                              : options_.endpoints.control_address(journey.region, call.owner);
  HttpRequest request = build(call, address, journey, credentials);
  const std::uint64_t length = call.upload ? call.upload->length : call.text.size();
  const milliseconds limit =
      options_.attempt_max + std::chrono::seconds(length / options_.upload_bytes_per_second_min);
  Error late(ErrorKind::outcome_unknown,
             fmt::format("no answer from {} within {} s", address.endpoint.url(), limit.count() / 1000));
  S3Answer answer;
  std::optional<Error> failure;
  try {
    co_await with_deadline(clock_, limit, exchange(address.endpoint, std::move(request), call, answer),
                           std::move(late));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    // An answer had begun: the request did arrive.
    const bool arrived = answer.status != 0 && failure->kind() == ErrorKind::unavailable;
    Error located = arrived ? with_kind(*failure, ErrorKind::outcome_unknown) : *failure;
    if (located.resource().empty()) located.with_resource(resource);
    throw without_secrets(located, credentials);
  }
  answer.region = journey.region;
  answer.redirected = journey.redirected;
  if (const auto date = answer.headers.get("Date")) journey.server_time = from_http_date(*date);

  if (is_success(answer.status)) {
    if (call.needs_document && answer.text.find_first_not_of(" \t\r\n") == std::string::npos) {
      throw Error(ErrorKind::unavailable, "the answer is empty")
          .with_status(answer.status)
          .with_resource(resource);
    }
    if (call.streamed_answer || !call.xml_answer || !is_error_document(answer.text))
      co_return std::move(answer);
  }
  Error error = without_secrets(s3::error_from_response(answer.status, answer.headers, answer.text, resource),
                                credentials);
  error = refined(with_kind(error, settled_kind(error, call.repeatable)), call, answer.text);
  if (may_repeat(error, call.repeatable)) throw error;
  co_return std::unexpected(std::move(error));
}

}  // namespace s3dr::client
