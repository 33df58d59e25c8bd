#include "client/s3/checked_body.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "aws/checksum.h"
#include "base/error.h"

namespace s3dr::client {
namespace {

class CheckedBody : public BodyReader {
 public:
  CheckedBody(std::unique_ptr<BodyReader> body, std::uint64_t length, std::string resource)
      : body_(std::move(body)), length_(length), resource_(std::move(resource)) {}

  void expect(aws::ChecksumAlgorithm algorithm, std::string value) {
    checksum_.emplace(algorithm);
    expected_ = std::move(value);
  }

  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = co_await body_->read(buffer);
    if (count == 0) {
      if (!ended_) check();
      ended_ = true;
      co_return 0;
    }
    received_ += count;
    if (received_ > length_) throw refusal("more bytes arrived than the object has");
    if (checksum_) checksum_->update(std::string_view(buffer.data(), count));
    co_return count;
  }

 private:
  void check() {
    if (received_ != length_) {
      throw refusal(fmt::format("{} of {} bytes arrived", received_, length_));
    }
    if (!checksum_) return;
    const std::string computed = checksum_->finish_base64();
    if (computed != expected_) {
      throw refusal(fmt::format("the body's {} is {}, the store says {}",
                                aws::s3_name(checksum_->algorithm()), computed, expected_));
    }
  }

  Error refusal(std::string why) const {
    return Error(ErrorKind::corrupt, std::move(why)).with_resource(resource_);
  }

  std::unique_ptr<BodyReader> body_;
  std::uint64_t length_;
  std::string resource_;
  std::uint64_t received_ = 0;
  bool ended_ = false;
  std::optional<aws::Checksum> checksum_;
  std::string expected_;
};

}  // namespace

std::unique_ptr<BodyReader> checked_body(std::unique_ptr<BodyReader> body, const s3::ObjectHead& head,
                                         std::string resource) {
  auto result = std::make_unique<CheckedBody>(std::move(body), head.size, std::move(resource));
  if (head.checksum_type == "COMPOSITE") return result;
  for (const auto& [name, value] : head.checksums) {
    const auto algorithm = aws::checksum_of_s3_name(name);
    // Older stores do not say the type; a composite value has "-<parts>" behind it and is not well-formed
    // here.
    if (algorithm && aws::is_well_formed(*algorithm, aws::ChecksumType::full_object, value)) {
      result->expect(*algorithm, value);
      break;
    }
  }
  return result;
}

}  // namespace s3dr::client
