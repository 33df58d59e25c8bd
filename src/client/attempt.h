// What every client of AWS's services does alike between building a request and judging its answer: one
// exchange within its time, secrets kept out of errors, the outcome of a write that failed, and what may be
// mended once (a clock that is off, credentials that have expired). S3Client (s3_client.h) and ServiceClient
// (service_client.h) are built on it. It builds, signs and repeats nothing.
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
  milliseconds limit;  // until the answer is complete (a streamed one: until its headers are here)
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

// Sends one request and reads the answer, at most 16 MiB of a success and 256 KiB of a refusal; the status of
// a refusal counts even if its text was lost. `to_hide` is replaced in errors. Raises what the transport
// raises; outcome_unknown when time ran out or the answer broke off: the request may have arrived.
Task<RawAnswer> exchange(http::HttpTransport& transport, Clock& clock, Endpoint endpoint, HttpRequest request,
                         ExchangeRules rules, aws::Credentials to_hide);

// What a server echoes of our request (SignatureDoesNotMatch does) must not carry a secret into a log.
Error without_secrets(const Error& error, const aws::Credentials& credentials);

// A 5xx does not tell whether the write took effect: outcome_unknown. A 503 with a code does: the server
// turned the request away.
ErrorKind settled_kind(const Error& error, Repeatable repeatable);

// What one call has learned between its attempts, and has mended already.
struct Mending {
  bool clock_corrected = false;
  bool credentials_renewed = false;
  std::optional<Instant> server_time;  // Date of the last answer
};

// Sets `offset` (server's time minus ours) from the last answer. True: another attempt makes sense. False
// when the clock was corrected before, or is off by less than `noticed`: then it is not what is wrong.
bool mend_clock(Mending& mending, const Clock& clock, milliseconds& offset,
                milliseconds noticed = milliseconds(60'000));
// True: the code tells of credentials that have expired, and the provider may have others.
bool mend_credentials(Mending& mending, CredentialsProvider& credentials, std::string_view code);

}  // namespace s3dr::client
