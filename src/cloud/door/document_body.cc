#include "cloud/door/document_body.h"

#include <array>

#include "aws/checksum.h"
#include "aws/hash.h"
#include "base/encoding.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {
namespace {

Task<std::string> read_whole(BodyReader& body, std::size_t bytes_max) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (true) {
    const std::size_t count = co_await body.read(buffer);
    if (count == 0) co_return text;
    if (text.size() + count > bytes_max) {
      throw refuse("MaxMessageLengthExceeded", "Your request was too big.");
    }
    text.append(buffer.data(), count);
  }
}

void check_md5(std::string_view declared, std::string_view text) {
  const auto digest = from_base64(declared);
  if (!digest || digest->size() != 16) {
    throw refuse("InvalidDigest", "The Content-MD5 you specified was invalid.");
  }
  if (*digest != aws::md5(text)) {
    throw refuse("BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
}

// True when the field was a checksum; -algorithm and -type are not.
bool check_checksum(const Header& field, std::string_view text) {
  const std::string name = lower_case(field.name);
  if (!s3::checksum_algorithm_of_header(name)) return false;
  const auto algorithm = aws::checksum_of_header(name);
  if (!algorithm) throw refuse("NotImplemented", "The checksum algorithm of " + name + " is not supported.");
  if (!aws::is_well_formed(*algorithm, aws::ChecksumType::full_object, field.value)) {
    throw refuse("InvalidRequest", "Value for " + name + " header is invalid.");
  }
  if (aws::checksum_base64(*algorithm, text) != field.value) {
    throw refuse("BadDigest", "The " + name + " you specified did not match the calculated checksum.");
  }
  return true;
}

}  // namespace

Task<> read_document(Request& request, std::size_t bytes_max, Integrity integrity) {
  if (request.body_length && *request.body_length > bytes_max) {
    throw refuse("MaxMessageLengthExceeded", "Your request was too big.");
  }
  if (request.body) {
    request.document = co_await read_whole(*request.body, bytes_max);
    request.body.reset();
  }
  if (request.document.size() > bytes_max)
    throw refuse("MaxMessageLengthExceeded", "Your request was too big.");
  bool checked = false;
  if (const auto declared = request.headers.get("content-md5")) {
    check_md5(*declared, request.document);
    checked = true;
  }
  for (const Header& field : request.headers) checked |= check_checksum(field, request.document);
  if (request.trailers) {
    for (const Header& field : *request.trailers) checked |= check_checksum(field, request.document);
  }
  if (!checked && integrity == Integrity::required) {
    throw refuse("InvalidRequest",
                 "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  }
}

}  // namespace s3dr::cloud
