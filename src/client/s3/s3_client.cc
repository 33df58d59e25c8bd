#include "client/s3/s3_client.h"

#include <algorithm>
#include <utility>

#include "aws/hash.h"
#include "base/encoding.h"
#include "client/attempt.h"
#include "client/s3/answers.h"
#include "client/s3/upload_body.h"
#include "s3/error_response.h"

namespace s3dr::client {
namespace {

// A HEAD has no code: only a clock that is off by more than S3 could bear counts.
constexpr milliseconds skew_without_code{5 * 60'000};

std::optional<s3::Region> region_named(const Error& error) {
  try {
    return s3::Region::parse(error.region());  // refuses anything that could not stand in a host name
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

// What one call has learned between its attempts.
struct S3Client::Journey {
  s3::Region region;  // where the next attempt goes
  bool redirected = false;
  Mending mending;
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
  if (error.status() == 403) {
    const bool skewed = error.code() == "RequestTimeTooSkewed";
    if ((skewed && mend_clock(journey.mending, clock_, clock_offset_)) ||
        (head && mend_clock(journey.mending, clock_, clock_offset_, skew_without_code))) {
      return true;
    }
  }
  return mend_credentials(journey.mending, credentials_, error.code());
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

Task<S3Outcome> S3Client::attempt(const S3Call& call, Journey& journey) {
  const std::string resource = resource_of(call);
  const aws::Credentials credentials = co_await credentials_.get();
  const Address address = call.control_path.empty()
                              ? options_.endpoints.bucket_address(journey.region, call.bucket)
                              : options_.endpoints.control_address(journey.region, call.owner);
  HttpRequest request = build(call, address, journey, credentials);
  const std::uint64_t length = call.upload ? call.upload->length : call.text.size();
  ExchangeRules rules;
  rules.limit = options_.attempt_max + std::chrono::seconds(length / options_.upload_bytes_per_second_min);
  rules.send = options_.send;
  if (call.late_answer) {
    rules.limit = std::max(rules.limit, options_.late_answer_max);
    rules.send.idle_max = std::max(rules.send.idle_max, options_.late_answer_max);
  }
  rules.is_streamed = call.streamed_answer;
  rules.resource = resource;
  RawAnswer raw = co_await exchange(transport_, clock_, address.endpoint, std::move(request),
                                    std::move(rules), credentials);
  S3Answer answer;
  answer.status = raw.status;
  answer.headers = std::move(raw.headers);
  answer.text = std::move(raw.text);
  answer.body = std::move(raw.body);
  answer.region = journey.region;
  answer.redirected = journey.redirected;
  if (const auto date = answer.headers.get("Date")) journey.mending.server_time = from_http_date(*date);

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
