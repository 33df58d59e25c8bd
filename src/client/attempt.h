// What all clients of AWS's services share, between building a request and judging its answer:
// - one exchange within its time limit;
// - no secrets in errors;
// - the outcome of a write that failed;
// - two repairs, each made once: a clock that is off, credentials that have expired.
// S3Client (client/s3/s3_client.h) and ServiceClient (client/services/service_client.h) are built on it. It
// builds, signs and repeats nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/http_message.h"
#include "base/retry.h"
#include "base/task.h"
#include "client/credentials.h"
#include "http/transport.h"

namespace s3dr::client {

bool is_success(int status);

struct ExchangeRules {
  milliseconds limit;  // until the answer is complete; for a streamed one: until its headers have arrived
  http::SendOptions send;
  bool is_streamed = false;  // leave the body of a success unread
  std::string resource;      // for messages
};

struct RawAnswer {
  int status = 0;
  Headers headers;
  std::string text;
  Body body;  // instead of `text`, when streamed
};

// Sends one request and reads the answer: at most 16 MiB of a success, at most 256 KiB of a refusal. If the
// text of a refusal is lost, its status still counts. In errors, the secrets of `to_hide` are replaced.
// Raises what the transport raises. Raises outcome_unknown when time ran out or the answer broke off, because
// the request may have arrived.
Task<RawAnswer> exchange(http::HttpTransport& transport, Clock& clock, Endpoint endpoint, HttpRequest request,
                         ExchangeRules rules, aws::Credentials to_hide);

// The error without our secrets. A server may echo our request (SignatureDoesNotMatch does), and a log must
// not show it.
Error without_secrets(const Error& error, const aws::Credentials& credentials);

// After a 5xx it is not known whether the write took effect: outcome_unknown. A 503 with a code is different:
// the server refused the request.
ErrorKind settled_kind(const Error& error, Repeatable repeatable);

// What one call has learned between its attempts, and which repairs it has made.
struct Mending {
  bool clock_corrected = false;
  bool credentials_renewed = false;
  std::optional<Instant> server_time;  // Date of the last answer
};

// Sets `offset` (server's time minus ours) from the last answer. True: another attempt makes sense. False:
// the clock was corrected before, or it is off by less than `noticed`, so the clock is not the problem.
bool mend_clock(Mending& mending, const Clock& clock, milliseconds& offset,
                milliseconds noticed = milliseconds(60'000));
// True: the code says that the credentials have expired, and the provider may have others.
bool mend_credentials(Mending& mending, CredentialsProvider& credentials, std::string_view code);

}  // namespace s3dr::client
