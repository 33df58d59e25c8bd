#include "client/s3/upload_body.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "aws/chunked.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::client {
namespace {

constexpr std::uint64_t continue_wanted_from = 1024 * 1024;

bool in_trailer(const StreamedUpload& upload, bool tls) {
  return tls && upload.checksum_algorithm && upload.sha256_hex.empty() && upload.checksum.empty();
}

}  // namespace

std::string prepare_upload(HttpRequest& request, const StreamedUpload& upload, bool tls) {
  // A redirect or a refusal should not cost the whole body.
  if (upload.length >= continue_wanted_from) request.headers.set("Expect", "100-continue");
  if (in_trailer(upload, tls)) {
    request.headers.set("x-amz-sdk-checksum-algorithm",
                        std::string(aws::s3_name(*upload.checksum_algorithm)));
    aws::prepare_chunked(request, aws::PayloadMode::unsigned_trailer, upload.length,
                         upload.checksum_algorithm);
    return std::string(aws::payload_word(aws::PayloadMode::unsigned_trailer));
  }
  if (upload.checksum_algorithm && !upload.checksum.empty()) {
    request.headers.set("x-amz-sdk-checksum-algorithm",
                        std::string(aws::s3_name(*upload.checksum_algorithm)));
    request.headers.set(std::string(aws::header_name(*upload.checksum_algorithm)), upload.checksum);
  }
  if (!upload.sha256_hex.empty()) return upload.sha256_hex;
  if (!tls) {
    throw Error(ErrorKind::invalid,
                "an upload over plain HTTP must be signed with its hash, which is not known")
        .with_advice("configure the http:// endpoint for this region itself, not by way of a redirect");
  }
  return std::string(aws::unsigned_payload);
}

Body open_upload(const StreamedUpload& upload, bool tls, const aws::SignedRequest& signed_request) {
  auto plain = upload.source.open(upload.offset, upload.length);
  if (!in_trailer(upload, tls)) return Body(std::move(plain), upload.length);
  const auto mode = aws::PayloadMode::unsigned_trailer;
  auto parameters = aws::chunked_parameters(signed_request, mode, upload.length, upload.checksum_algorithm);
  const std::uint64_t length =
      aws::encoded_length(mode, upload.length, aws::chunk_bytes_default, upload.checksum_algorithm);
  return Body(aws::encode_chunked(std::move(plain), std::move(parameters), aws::chunk_bytes_default,
                                  upload.checksum_algorithm),
              length);
}

Task<> digest_upload(StreamedUpload& upload) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  const auto reader = upload.source.open(upload.offset, upload.length);
  aws::Hasher sha256(aws::HashAlgorithm::sha256);
  std::optional<aws::Checksum> checksum;
  if (upload.checksum_algorithm) checksum.emplace(*upload.checksum_algorithm);
  std::string piece(256 * 1024, '\0');
  std::uint64_t total = 0;
  while (true) {
    const std::size_t count = co_await reader->read(std::span<char>(piece));
    if (count == 0) break;
    const std::string_view bytes(piece.data(), count);
    sha256.update(bytes);
    if (checksum) checksum->update(bytes);
    total += count;
    co_await asio::post(executor, asio::use_awaitable);
  }
  if (total != upload.length) throw Error(ErrorKind::corrupt, "the source of an upload changed its length");
  upload.sha256_hex = to_hex(sha256.finish());
  if (checksum) upload.checksum = checksum->finish_base64();
}

}  // namespace s3dr::client
