// The S3 client of one region: signs every attempt anew, sends, judges the answer, repeats what may be
// repeated. Between the port implementations (bucket_store.h, object_store.h, …), which know what an
// operation means, and the HttpTransport, which knows sockets. It knows no operation.
//
// Rules it keeps, so that nobody else has to:
// - x-amz-expected-bucket-owner on every call about a bucket, unless switched off for a store that lacks it.
// - Reads and idempotent configuration PUTs are repeated; anything else only if it is known not to have
// arrived. A 5xx
//   after a write that is not idempotent is outcome_unknown: look before repeating it.
// - A redirect to another region is followed once, and only to an endpoint that the configuration (or AWS's
// own naming)
//   gives for that region: never to a Location.
// - A clock that is off is corrected from the Date header, and expired credentials are fetched anew, once
// each.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "aws/checksum.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/retry.h"
#include "base/task.h"
#include "client/credentials.h"
#include "client/endpoints.h"
#include "client/s3/s3_call.h"
#include "http/transport.h"

namespace s3dr::client {

struct S3ClientOptions {
  s3::Region region;
  EndpointMap endpoints;
  bool expected_owner = true;  // off for stores that refuse the header
  RetryPolicy retry;
  // One attempt: until the answer is complete (a streamed one: until its headers are here). Uploads get more
  // by size.
  milliseconds attempt_max{60'000};
  // The same, and until the answer begins, where the call says `late_answer`: completing a large multipart
  // upload "could take several minutes" (S3's API reference). S3 sends blanks meanwhile, other stores may
  // not.
  milliseconds late_answer_max{600'000};
  std::uint64_t upload_bytes_per_second_min = 64 * 1024;
  http::SendOptions send;
  // How uploads are checked on the way and kept; nullopt for stores that know no checksum.
  std::optional<aws::ChecksumAlgorithm> upload_checksum = aws::ChecksumAlgorithm::crc64nvme;
  std::string user_agent = "s3dr";
};

struct S3Answer {
  int status = 0;
  Headers headers;
  std::string text;   // the body, unless the call said `streamed_answer`
  Body body;          // then this one
  s3::Region region;  // the one that answered
  bool redirected = false;
};

// An answer, or the error with which the store (or our judgement of it) answered. What a caller expects
// (NoSuchTagSet, 412) is looked at without a throw.
using S3Outcome = std::expected<S3Answer, Error>;

class S3Client {
 public:
  // All references outlive the client. One thread.
  S3Client(http::HttpTransport& transport, Clock& clock, Random& random, CredentialsProvider& credentials,
           S3ClientOptions options);
  S3Client(const S3Client&) = delete;
  S3Client& operator=(const S3Client&) = delete;

  // The error of an outcome is a final answer of the store: its kind says which. Raises what remains when
  // repeating did not help (throttled, unavailable, outcome_unknown), cancelled, and the errors of the
  // credentials provider.
  Task<S3Outcome> call(S3Call call);
  // The same; an error of the outcome is raised.
  Task<S3Answer> require(S3Call call);

  const S3ClientOptions& options() const { return options_; }
  const s3::Region& region() const { return options_.region; }
  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  bool uses_tls() const;

 private:
  struct Journey;
  Task<S3Outcome> attempt(const S3Call& call, Journey& journey);
  HttpRequest build(const S3Call& call, const Address& address, const Journey& journey,
                    const aws::Credentials& credentials);
  // Adjusts the journey when another attempt makes sense after this final answer.
  bool turn(const S3Call& call, const Error& error, Journey& journey);

  http::HttpTransport& transport_;
  Clock& clock_;
  Random& random_;
  CredentialsProvider& credentials_;
  S3ClientOptions options_;
  aws::SigningKeyCache signing_keys_;
  milliseconds clock_offset_{0};  // server's time minus ours
};

}  // namespace s3dr::client
