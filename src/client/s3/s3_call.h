// One S3 operation as a value: what is asked, of what, and what may be done when no answer comes. The port
// implementations and ObjectWriter make these; S3Client (s3_client.h) turns one into signed HTTP requests.
// Pure: nothing here is signed or sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/checksum.h"
#include "aws/request_target.h"
#include "base/http_message.h"
#include "base/retry.h"
#include "client/endpoints.h"
#include "client/s3/body_source.h"
#include "s3/names.h"

namespace s3dr::client {

// A body that is streamed. Over plain HTTP `sha256_hex` must be there; over TLS the checksum travels in a
// trailer.
struct StreamedUpload {
  BodySource source;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::optional<aws::ChecksumAlgorithm> checksum_algorithm;  // nullopt: none is sent
  std::string checksum;    // base64, when known beforehand: then it is a header, not a trailer
  std::string sha256_hex;  // the payload hash, when known beforehand
};

struct S3Call {
  std::string method;
  s3::BucketName bucket;       // empty: the service itself, or S3 Control
  s3::ObjectKey key;           // empty: the bucket itself
  aws::QueryParameters query;  // in the order sent
  Headers headers;
  std::string text;  // a small body; sent with Content-MD5
  std::optional<StreamedUpload> upload;
  // Whose the bucket must be (x-amz-expected-bucket-owner), for S3 Control whose account; empty: not sent.
  s3::AccountId owner;
  std::string control_path;  // "/v20180820/jobs": a call of S3 Control
  Repeatable repeatable = Repeatable::always;
  bool xml_answer = true;        // a 2xx with an <Error> root is that error
  bool needs_document = false;   // a 2xx without a body is no answer: unavailable, so it is asked again
  bool streamed_answer = false;  // hand out the body unread
  bool late_answer = false;      // the store works for minutes first: S3ClientOptions::late_answer_max
};

// "/bucket/key%20x?versions&prefix=a" below `address.path`.
std::string target_of(const S3Call& call, const Address& address);
// "s3://bucket/key", "s3-control:/v20180820/jobs", "s3:" for ListBuckets; for messages.
std::string resource_of(const S3Call& call);

// "<Error" as the root of an XML document (comments, declaration and blanks before it do not count): S3 sends
// a 200 early and the error afterwards.
bool is_error_document(std::string_view text);
bool looks_like_html(std::string_view text);

}  // namespace s3dr::client
