#include "cloud/objects/payload.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "aws/hash.h"
#include "base/encoding.h"
#include "s3/http_fields.h"

namespace s3dr::cloud {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
// Of S3, and not of aws/checksum.h.
constexpr std::string_view other_algorithms[] = {"SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"};

// What the client says about its body before it comes.
struct Declared {
  std::optional<aws::ChecksumAlgorithm> algorithm;
  std::optional<std::string> checksum;  // none yet: it follows in the trailer
  std::optional<std::string> md5;       // raw
};

bool is_other_algorithm(std::string_view name) {
  return std::ranges::any_of(other_algorithms,
                             [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

aws::ChecksumAlgorithm algorithm_of_header(std::string_view name) {
  const auto algorithm = aws::checksum_of_header(name);
  if (!algorithm)
    throw refuse("NotImplemented", "The checksum algorithm of " + std::string(name) + " is not supported.");
  return *algorithm;
}

void check_form(aws::ChecksumAlgorithm algorithm, std::string_view value) {
  if (!aws::is_well_formed(algorithm, aws::ChecksumType::full_object, value))
    throw refuse("InvalidRequest",
                 "Value for " + std::string(aws::header_name(algorithm)) + " header is invalid.");
}

Declared read_declaration(const Request& request) {
  Declared declared;
  for (const Header& field : request.headers) {
    const std::string name = lower_case(field.name);
    if (s3::checksum_algorithm_of_header(name)) {
      if (declared.algorithm)
        throw refuse("InvalidRequest",
                     "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
      declared.algorithm = algorithm_of_header(name);
      declared.checksum = field.value;
      check_form(*declared.algorithm, field.value);
    } else if (name == "x-amz-trailer") {
      const std::string trailer = lower_case(field.value);
      if (!s3::checksum_algorithm_of_header(trailer)) continue;
      if (declared.algorithm)
        throw refuse("InvalidRequest",
                     "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
      declared.algorithm = algorithm_of_header(trailer);
    } else if (name == "content-md5") {
      declared.md5 = from_base64(field.value);
      if (!declared.md5 || declared.md5->size() != 16)
        throw refuse("InvalidDigest", "The Content-MD5 you specified was invalid.");
    }
  }
  if (const auto sdk = request.headers.get("x-amz-sdk-checksum-algorithm")) {
    if (is_other_algorithm(*sdk)) named_algorithm(*sdk);
    const auto named = aws::checksum_of_s3_name(*sdk);
    if (!named) throw refuse("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");
    if (!declared.algorithm)
      throw refuse("InvalidRequest",
                   "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                   "x-amz-trailer headers were found.");
    if (declared.algorithm != named)
      throw refuse("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return declared;
}

// Writes and hashes what is fed to it.
class Intake {
 public:
  Intake(RegionContext& region, aws::ChecksumAlgorithm kept, std::optional<aws::ChecksumAlgorithm> compared)
      : bodies_(region.bodies), md5_(aws::HashAlgorithm::md5), kept_(kept) {
    if (compared && *compared != kept) compared_.emplace(*compared);
  }

  Task<> take_all(BodyReader& source, std::uint64_t bytes_max) {
    std::vector<char> buffer(piece_bytes);
    while (true) {
      const std::size_t count = co_await source.read(std::span<char>(buffer));
      if (count == 0) co_return;
      size_ += count;
      if (size_ > bytes_max)
        throw refuse("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
      const std::string_view bytes(buffer.data(), count);
      md5_.update(bytes);
      kept_.update(bytes);
      if (compared_) compared_->update(bytes);
      if (writer_ == nullptr) writer_ = bodies_.create();
      co_await writer_->write(std::span<const char>(buffer.data(), count));
    }
  }

  std::uint64_t size() const { return size_; }
  std::string md5() { return md5_.finish(); }
  std::string checksum() { return kept_.finish_base64(); }
  // Of the other algorithm, if there is one.
  std::optional<std::string> compared_checksum() {
    return compared_ ? std::optional(compared_->finish_base64()) : std::nullopt;
  }

  Task<StoredBody> finish() {
    if (writer_ == nullptr) co_return StoredBody();
    std::string id = co_await writer_->finish();
    co_return StoredBody(bodies_, std::move(id));
  }

 private:
  BodyStore& bodies_;
  std::unique_ptr<BodyWriter> writer_;
  aws::Hasher md5_;
  aws::Checksum kept_;
  std::optional<aws::Checksum> compared_;
  std::uint64_t size_ = 0;
};

std::string checksum_from_trailer(const Request& request, aws::ChecksumAlgorithm algorithm) {
  if (request.trailers) {
    for (const Header& field : *request.trailers) {
      if (!equals_ignoring_case(field.name, aws::header_name(algorithm))) continue;
      check_form(algorithm, field.value);
      return field.value;
    }
  }
  throw refuse("MalformedTrailerError",
               "The request contained trailing data that was not well-formed or did not conform to our "
               "published schema.");
}

}  // namespace

StoredBody& StoredBody::operator=(StoredBody&& other) noexcept {
  if (this != &other) {
    drop();
    bodies_ = std::exchange(other.bodies_, nullptr);
    id_ = std::move(other.id_);
  }
  return *this;
}

void StoredBody::drop() noexcept {
  if (bodies_ != nullptr && !id_.empty()) bodies_->remove(id_);
  bodies_ = nullptr;
}

aws::ChecksumAlgorithm named_algorithm(std::string_view name) {
  if (const auto algorithm = aws::checksum_of_s3_name(name)) return *algorithm;
  if (is_other_algorithm(name))
    throw refuse("NotImplemented", "The checksum algorithm " + std::string(name) + " is not supported.");
  throw refuse("InvalidRequest",
               "Checksum algorithm provided is unsupported. Please try again with any of the "
               "valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
}

Task<Received> receive_object(RegionContext& region, Request& request,
                              std::optional<aws::ChecksumAlgorithm> wanted) {
  const Declared declared = read_declaration(request);
  if (request.body != nullptr && !request.body_length)
    throw refuse("MissingContentLength", "You must provide the Content-Length HTTP header.");
  const std::uint64_t length = request.body_length.value_or(0);
  if (length > upload_bytes_max)
    throw refuse("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");

  Received received;
  received.algorithm = wanted.value_or(declared.algorithm.value_or(aws::ChecksumAlgorithm::crc64nvme));
  received.declared = declared.algorithm.has_value();
  Intake intake(region, received.algorithm, declared.algorithm);
  if (request.body != nullptr) co_await intake.take_all(*request.body, upload_bytes_max);

  received.size = intake.size();
  if (received.size != length)
    throw refuse("IncompleteBody",
                 "You did not provide the number of bytes specified by the Content-Length HTTP header");
  received.md5 = intake.md5();
  received.checksum = intake.checksum();
  if (declared.md5 && *declared.md5 != received.md5)
    throw refuse("BadDigest", "The Content-MD5 you specified did not match what we received.");
  if (declared.algorithm) {
    const std::string expected =
        declared.checksum ? *declared.checksum : checksum_from_trailer(request, *declared.algorithm);
    if (intake.compared_checksum().value_or(received.checksum) != expected)
      throw refuse("BadDigest", "The " + std::string(aws::s3_name(*declared.algorithm)) +
                                    " you specified did not match the calculated checksum.");
  }
  received.body = co_await intake.finish();
  co_return received;
}

Task<Received> store_stream(RegionContext& region, BodyReader& source, aws::ChecksumAlgorithm algorithm) {
  Received received;
  received.algorithm = algorithm;
  Intake intake(region, algorithm, std::nullopt);
  co_await intake.take_all(source, upload_bytes_max);
  received.size = intake.size();
  received.md5 = intake.md5();
  received.checksum = intake.checksum();
  received.body = co_await intake.finish();
  co_return received;
}

}  // namespace s3dr::cloud
