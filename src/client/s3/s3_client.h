// The S3 client of one region. It signs every attempt anew, sends it, judges the answer, and repeats what may
// be repeated. Above it: the port implementations (bucket_store.h, object_store.h, …), which know what an
// operation means. Below it: the HttpTransport, which knows sockets. It knows no operation.
//
// Rules that it keeps, so that nobody else has to:
// - Every call about a bucket carries x-amz-expected-bucket-owner, unless this is off for a store that lacks
//   it.
// - Reads and idempotent configuration PUTs are repeated. Any other call is repeated only if it surely did
//   not arrive.
// - A 5xx after a write that is not idempotent is outcome_unknown: look before repeating it.
// - A redirect to another region is followed once. It is followed only to the endpoint that the configuration
//   (or AWS's own naming) gives for that region, never to a Location.
// - A clock that is off is corrected from the Date header, once.
// - Expired credentials are fetched anew, once.
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
  // The limit of one attempt, until the answer is complete; for a streamed answer, until its headers have
  // arrived. Uploads get more, by size.
  milliseconds attempt_max{60'000};
  // The same for calls with `late_answer`; it also limits the wait for the first byte of the answer.
  // Completing a large multipart upload "could take several minutes" (S3's API reference). S3 sends blanks
  // during that time; other stores may send nothing.
  milliseconds late_answer_max{600'000};
  std::uint64_t upload_bytes_per_second_min = 64 * 1024;
  http::SendOptions send;
  // The checksum of uploads, checked on the way and kept by the store. nullopt for stores that know no
  // checksum.
  std::optional<aws::ChecksumAlgorithm> upload_checksum = aws::ChecksumAlgorithm::crc64nvme;
  std::string user_agent = "s3dr";
};

struct S3Answer {
  int status = 0;
  Headers headers;
  std::string text;   // the body, unless the call said `streamed_answer`
  Body body;          // the body of a call that said `streamed_answer`
  s3::Region region;  // the one that answered
  bool redirected = false;
};

// An answer, or an error: the store's own or our judgement of its answer. So a caller can look at an error it
// expects (NoSuchTagSet, 412) without a throw.
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
  // Like call(), but an error of the outcome is raised.
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
  // Adjusts the journey. True: after this final answer another attempt makes sense.
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
