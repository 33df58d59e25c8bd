// The whole client over real sockets: pool, TLS, signatures, chunked uploads and checked downloads against a
// small server that verifies every request as S3 would.
#include <sys/resource.h>

#include <map>

#include "aws/chunked.h"
#include "base/encoding.h"
#include "client/s3/multipart_upload.h"
#include "client/s3/object_store.h"
#include "http/certificate.h"
#include "unit/http/loopback.h"

namespace s3dr::client {
namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

// Sanitizers keep freed memory in quarantine, so that the peak says nothing; and they are slow.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define S3DR_SANITIZED 1
#endif
#endif
#if defined(S3DR_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

aws::Credentials keys() {
  return {"AKIDEXAMPLE", Secret("canary-wire-secret"), Secret()};
}

// A store of one bucket that keeps the CRC and length of what arrives, not the bytes; it gives the pattern
// back.
struct PatternStore {
  Clock* clock = nullptr;
  int refusals_left = 0;  // 503 before the body is read
  int seen = 0;
  std::vector<std::string> failures;
  std::vector<std::string> payload_modes;
  std::map<std::string, std::uint64_t> lengths;  // by target
  std::map<std::string, std::string> checksums;  // by target, CRC64NVME in base64
  std::uint64_t served_length = 0;
  bool flip = false;  // one byte of what is served is wrong
};

class FlippingReader : public BodyReader {
 public:
  FlippingReader(std::uint64_t length, bool flip) : pattern_(length), flip_(flip) {}
  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = co_await pattern_.read(buffer);
    if (flip_ && count > 0) buffer[0] = static_cast<char>(buffer[0] ^ 1);
    flip_ = false;
    co_return count;
  }

 private:
  http::PatternReader pattern_;
  bool flip_;
};

std::string pattern_checksum(std::uint64_t from, std::uint64_t length) {
  aws::Checksum checksum(aws::ChecksumAlgorithm::crc64nvme);
  std::string piece(64 * 1024, '\0');
  for (std::uint64_t done = 0; done < length;) {
    const std::size_t count = std::min<std::uint64_t>(piece.size(), length - done);
    for (std::size_t i = 0; i < count; ++i) piece[i] = http::pattern_at(from + done + i);
    checksum.update(std::string_view(piece.data(), count));
    done += count;
  }
  return checksum.finish_base64();
}

Task<HttpResponse> refuse(int status, std::string code) {
  HttpResponse response;
  response.status = status;
  response.body = Body("<Error><Code>" + code + "</Code></Error>");
  co_return response;
}

Task<HttpResponse> take_body(PatternStore& store, HttpRequest& request, const aws::Verified& verified) {
  aws::Checksum checksum(aws::ChecksumAlgorithm::crc64nvme);
  aws::Hasher sha256(aws::HashAlgorithm::sha256);
  std::uint64_t length = 0;
  std::unique_ptr<aws::ChunkedReader> chunked;
  std::unique_ptr<BodyReader> reader = request.body.take_reader();
  if (aws::is_chunked(verified.payload)) {
    auto parameters = aws::chunked_parameters(verified, request.headers);
    if (!parameters) co_return co_await refuse(400, parameters.error().code);
    chunked = aws::decode_chunked(std::move(reader), std::move(*parameters));
  }
  BodyReader& source = chunked ? static_cast<BodyReader&>(*chunked) : *reader;
  std::string piece(64 * 1024, '\0');
  while (const std::size_t count = co_await source.read(std::span<char>(piece))) {
    checksum.update(std::string_view(piece.data(), count));
    if (!verified.payload_hash.empty()) sha256.update(std::string_view(piece.data(), count));
    length += count;
  }
  const std::string computed = checksum.finish_base64();
  const std::string told = chunked ? std::string(chunked->trailers().get_or("x-amz-checksum-crc64nvme", ""))
                                   : std::string(request.headers.get_or("x-amz-checksum-crc64nvme", ""));
  if (told != computed) co_return co_await refuse(400, "BadDigest");
  if (!verified.payload_hash.empty() && to_hex(sha256.finish()) != verified.payload_hash) {
    co_return co_await refuse(400, "XAmzContentSHA256Mismatch");
  }
  store.lengths[request.target] = length;
  store.checksums[request.target] = computed;
  HttpResponse response;
  response.headers.add("ETag", "\"0123456789abcdef0123456789abcdef\"");
  response.headers.add("x-amz-version-id", "v1");
  co_return response;
}

Task<HttpResponse> answer(PatternStore& store, HttpRequest request) {
  ++store.seen;
  const auto parsed = aws::parse_auth(request);
  if (!parsed || !*parsed) co_return co_await refuse(403, "AccessDenied");
  aws::VerifyPolicy policy;
  policy.region = "eu-west-1";
  policy.services = {"s3"};
  const auto verified = aws::verify(request, **parsed, keys(), policy, store.clock->now());
  if (!verified) {
    store.failures.push_back(verified.error().code);
    co_return co_await refuse(verified.error().status, verified.error().code);
  }
  if (store.refusals_left > 0) {
    --store.refusals_left;
    co_return co_await refuse(503, "SlowDown");
  }
  if (request.method == "PUT") {
    store.payload_modes.emplace_back(request.headers.get_or("x-amz-content-sha256", ""));
    co_return co_await take_body(store, request, *verified);
  }
  HttpResponse response;
  if (request.method == "GET") {
    response.headers.add("Last-Modified", "Sat, 01 Aug 2026 10:15:00 GMT");
    response.headers.add("x-amz-checksum-crc64nvme", pattern_checksum(0, store.served_length));
    response.body =
        Body(std::make_unique<FlippingReader>(store.served_length, store.flip), store.served_length);
  } else if (request.target.ends_with("?uploads")) {
    response.body = Body(
        std::string("<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>"));
  } else if (request.method == "POST") {
    (void)co_await request.body.read_all(mebibyte);
    response.headers.add("x-amz-version-id", "v9");
    response.body = Body(
        std::string("<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"));
  } else {
    response.status = 204;
  }
  co_return response;
}

BodySource pattern_source(std::uint64_t length) {
  // Ranges begin where the pattern begins anew only at zero, so a range is read from a shifted reader.
  class Range : public BodyReader {
   public:
    Range(std::uint64_t offset, std::uint64_t count) : position_(offset), end_(offset + count) {}
    Task<std::size_t> read(std::span<char> buffer) override {
      const std::size_t count = std::min<std::uint64_t>(buffer.size(), end_ - position_);
      for (std::size_t i = 0; i < count; ++i) buffer[i] = http::pattern_at(position_ + i);
      position_ += count;
      co_return count;
    }

   private:
    std::uint64_t position_, end_;
  };
  return {length, [](std::uint64_t offset, std::uint64_t count) -> std::unique_ptr<BodyReader> {
            return std::make_unique<Range>(offset, count);
          }};
}

std::uint64_t peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

class OverTheWire : public http::Loopback {
 public:
  void begin(bool tls) {
    store.clock = clock_.get();
    http::ServerOptions server;
    http::PoolOptions pool_options;
    if (tls) {
      const auto authority =
          http::make_certificate_authority("client test", clock_->now(), std::chrono::days(2));
      const auto leaf =
          http::make_server_certificate(authority, {"127.0.0.1"}, clock_->now(), std::chrono::days(1));
      server.tls = http::ServerTls{leaf.certificate_pem, leaf.private_key_pem.reveal()};
      pool_options.ca_pem = authority.certificate_pem;
    }
    serve([this](HttpRequest request) { return answer(store, std::move(request)); }, std::move(server));
    S3ClientOptions options;
    options.region = s3::Region::parse("eu-west-1");
    options.endpoints.set(options.region, endpoint(tls));
    options.retry.delay_base = milliseconds(1);
    client =
        std::make_unique<S3Client>(pool(std::move(pool_options)), *clock_, *random, *credentials, options);
    writer = std::make_unique<ObjectWriter>(*client, account);
    objects = make_object_store(*client, account);
  }

  const s3::BucketName bucket = s3::BucketName::parse("harbor-ledger");
  const s3::AccountId account = s3::AccountId::parse("111122223333");
  const s3::ObjectKey key = s3::ObjectKey("dir//..%/ü +");
  PatternStore store;
  std::unique_ptr<Random> random = make_seeded_random(1);
  std::unique_ptr<CredentialsProvider> credentials = make_fixed_credentials(keys());
  std::unique_ptr<S3Client> client;
  std::unique_ptr<ObjectWriter> writer;
  std::unique_ptr<ports::ObjectStore> objects;
};

Task<> put_and_get(OverTheWire& t, std::uint64_t length) {
  t.store.refusals_left = 2;
  const PutResult result = co_await t.writer->put_object(t.bucket, t.key, pattern_source(length));
  EXPECT_EQ(result.version_id.text(), "v1");
  EXPECT_EQ(t.store.seen, 3);
  t.store.served_length = length;
  auto opened = co_await t.objects->get_object(t.bucket, t.key, {});
  if (!opened) throw Error(ErrorKind::not_found, "the object is not there");
  EXPECT_EQ(co_await http::consume_pattern(std::move(opened->body)), length);
}

TEST_F(OverTheWire, StreamsOverTlsWithATrailerInFlatMemory) {
  begin(true);
  constexpr std::uint64_t length = (sanitized ? 4 : 64) * mebibyte;
  const std::uint64_t before = peak_bytes();
  run(put_and_get(*this, length), std::chrono::seconds(60));
  if (!sanitized) EXPECT_LT(peak_bytes() - before, 32 * mebibyte);
  EXPECT_EQ(store.payload_modes, std::vector<std::string>{"STREAMING-UNSIGNED-PAYLOAD-TRAILER"});
  ASSERT_EQ(store.lengths.size(), 1u);
  EXPECT_EQ(store.lengths.begin()->first, "/harbor-ledger/dir//..%25/%C3%BC%20%2B");
  EXPECT_EQ(store.lengths.begin()->second, length);
  EXPECT_EQ(store.checksums.begin()->second, pattern_checksum(0, length));
  EXPECT_TRUE(store.failures.empty());
}

TEST_F(OverTheWire, StreamsOverPlainHttpSignedByItsHash) {
  begin(false);
  run(put_and_get(*this, 3 * mebibyte + 1), std::chrono::seconds(60));
  ASSERT_EQ(store.payload_modes.size(), 1u);
  EXPECT_EQ(store.payload_modes[0].size(), 64u);
  EXPECT_EQ(store.checksums.begin()->second, pattern_checksum(0, 3 * mebibyte + 1));
  EXPECT_TRUE(store.failures.empty());
}

Task<> upload_parts(OverTheWire& t, std::uint64_t length, PutResult& result) {
  MultipartOptions parts;
  parts.part_bytes = 5 * mebibyte;
  result = co_await upload(*t.writer, t.bucket, t.key, pattern_source(length), {}, parts);
}

TEST_F(OverTheWire, UploadsPartsInParallel) {
  begin(false);
  PutResult result;
  run(upload_parts(*this, 32 * mebibyte, result), std::chrono::seconds(60));
  EXPECT_EQ(result.version_id.text(), "v9");
  EXPECT_EQ(store.lengths.size(), 7u);
  for (int part = 1; part <= 7; ++part) {
    const std::string target =
        "/harbor-ledger/dir//..%25/%C3%BC%20%2B?partNumber=" + std::to_string(part) + "&uploadId=U";
    const std::uint64_t from = static_cast<std::uint64_t>(part - 1) * 5 * mebibyte;
    EXPECT_EQ(store.checksums[target], pattern_checksum(from, part == 7 ? 2 * mebibyte : 5 * mebibyte))
        << target;
  }
}

Task<> download(OverTheWire& t, std::optional<Error>& seen) {
  try {
    auto opened = co_await t.objects->get_object(t.bucket, t.key, {});
    std::string piece(64 * 1024, '\0');
    while (co_await opened->body->read(std::span<char>(piece)) > 0) {
    }
  } catch (const Error& error) {
    seen = error;
  }
}

TEST_F(OverTheWire, AFlippedByteIsCorruptAtTheEnd) {
  begin(false);
  store.served_length = mebibyte;
  store.flip = true;
  std::optional<Error> seen;
  run(download(*this, seen));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->kind(), ErrorKind::corrupt);
  EXPECT_NE(std::string(seen->what()).find("CRC64NVME"), std::string::npos);
}

TEST_F(OverTheWire, AWrongKeyIsDeniedWithoutTellingIt) {
  begin(false);
  credentials = make_fixed_credentials({"AKIDEXAMPLE", Secret("canary-other"), Secret()});
  client = std::make_unique<S3Client>(pool(), *clock_, *random, *credentials, client->options());
  objects = make_object_store(*client, account);
  std::optional<Error> seen;
  run(download(*this, seen));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->code(), "SignatureDoesNotMatch");
  EXPECT_EQ(std::string(seen->what()).find("canary"), std::string::npos);
  EXPECT_EQ(store.failures, std::vector<std::string>{"SignatureDoesNotMatch"});
}

}  // namespace
}  // namespace s3dr::client
