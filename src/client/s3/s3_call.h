// One S3 operation as a value: what is asked, about what, and what may be done when no answer comes. The port
// implementations and ObjectWriter make these values. S3Client (s3_client.h) turns one into signed HTTP
// requests. Pure: nothing here is signed or sent.
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

// A streamed body. Over plain HTTP `sha256_hex` must be set. Over TLS the checksum is sent in a trailer.
struct StreamedUpload {
  BodySource source;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::optional<aws::ChecksumAlgorithm> checksum_algorithm;  // nullopt: none is sent
  std::string checksum;    // base64, if known beforehand: then it is sent as a header, not as a trailer
  std::string sha256_hex;  // the payload hash, if known beforehand
};

struct S3Call {
  std::string method;
  s3::BucketName bucket;       // empty: the service itself, or S3 Control
  s3::ObjectKey key;           // empty: the bucket itself
  aws::QueryParameters query;  // in the order sent
  Headers headers;
  std::string text;  // a small body; sent with Content-MD5
  std::optional<StreamedUpload> upload;
  // Who must own the bucket (x-amz-expected-bucket-owner); for S3 Control: whose account. Empty: not sent.
  s3::AccountId owner;
  std::string control_path;  // "/v20180820/jobs": a call of S3 Control
  Repeatable repeatable = Repeatable::always;
  bool xml_answer = true;        // an <Error> root in a 2xx counts as that error
  bool needs_document = false;   // a 2xx without a body is no answer: unavailable, so the call is repeated
  bool streamed_answer = false;  // return the body unread
  bool late_answer = false;      // the store may work for minutes first: S3ClientOptions::late_answer_max
};

// "/bucket/key%20x?versions&prefix=a" below `address.path`.
std::string target_of(const S3Call& call, const Address& address);
// "s3://bucket/key", "s3-control:/v20180820/jobs", "s3:" for ListBuckets; for messages.
std::string resource_of(const S3Call& call);

// True when the root of this XML document is <Error>; comments, the declaration and blanks before it do not
// count. S3 sometimes sends a 200 early and the error afterwards.
bool is_error_document(std::string_view text);
bool looks_like_html(std::string_view text);

}  // namespace s3dr::client
