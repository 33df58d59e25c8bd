// The public S3 examples (GET, PUT, query, presigned, signed chunks, signed trailer), the path rule of the
// other services, and the check values of the checksums.
#include <gtest/gtest.h>

#include "aws/checksum.h"
#include "aws/chunked.h"
#include "aws/hash.h"
#include "aws/sigv4.h"
#include "aws/sigv4_verify.h"
#include "base/encoding.h"

namespace s3dr::aws {
namespace {

const SigningScope s3_scope{"us-east-1", "s3"};

Credentials example_keys() {
  return {"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
}

Instant example_time() {
  return from_amz_date("20130524T000000Z").value();
}

HttpRequest request_of(std::string method, std::string target, Headers headers) {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers = std::move(headers);
  return request;
}

struct Expected {
  std::string canonical_sha256;
  std::string signature;
};

void expect_verified(const HttpRequest& request, const Credentials& credentials, Instant now,
                     const std::string& region = "us-east-1", const std::string& service = "s3") {
  const auto parsed = parse_auth(request);
  ASSERT_TRUE(parsed.has_value() && parsed->has_value());
  VerifyPolicy policy;
  policy.region = region;
  policy.services = {service};
  policy.body_sha256 = std::string(empty_sha256_hex);
  const auto verified = verify(request, **parsed, credentials, policy, now);
  EXPECT_TRUE(verified.has_value()) << verified.error().code << ": " << verified.error().message;
}

void expect_header_signed(HttpRequest request, std::string_view payload_hash, const Expected& expected) {
  const SignedRequest made = sign_header(request, example_keys(), s3_scope, example_time(), payload_hash);
  EXPECT_EQ(sha256_hex(made.canonical_request), expected.canonical_sha256) << made.canonical_request;
  EXPECT_EQ(made.signature, expected.signature);
  expect_verified(request, example_keys(), example_time());
}

const Header example_host{"Host", "examplebucket.s3.amazonaws.com"};

TEST(S3Vectors, SigningKey) {
  EXPECT_EQ(
      to_hex(derive_signing_key(example_keys().secret_access_key, "20130524", "us-east-1", "s3").reveal()),
      "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");
}

TEST(S3Vectors, GetWithRange) {
  expect_header_signed(request_of("GET", "/test.txt", {example_host, {"Range", "bytes=0-9"}}),
                       empty_sha256_hex,
                       {"7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
                        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"});
}

TEST(S3Vectors, PutOfAnEscapedKey) {
  const std::string hash = sha256_hex("Welcome to Amazon S3.");
  EXPECT_EQ(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  const Headers headers{
      example_host, {"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  const Expected expected{"9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
                          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"};
  expect_header_signed(request_of("PUT", "/test%24file.text", headers), hash, expected);
  // Written without its escape it is the same path.
  expect_header_signed(request_of("PUT", "/test$file.text", headers), hash, expected);
}

TEST(S3Vectors, SubresourceWithoutValue) {
  expect_header_signed(request_of("GET", "/?lifecycle", {example_host}), empty_sha256_hex,
                       {"9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
                        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"});
}

TEST(S3Vectors, ListWithParameters) {
  expect_header_signed(request_of("GET", "/?prefix=J&max-keys=2", {example_host}), empty_sha256_hex,
                       {"df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
                        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"});
}

TEST(S3Vectors, Presigned) {
  HttpRequest request = request_of("GET", "/test.txt", {example_host});
  const PresignedRequest made =
      presign(request, example_keys(), s3_scope, example_time(), std::chrono::seconds(86'400));
  EXPECT_EQ(sha256_hex(made.details.canonical_request),
            "3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04");
  EXPECT_EQ(made.details.signature, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  request.target = made.target;
  expect_verified(request, example_keys(), example_time() + std::chrono::hours(23));
}

struct StreamCase {
  PayloadMode mode;
  Headers headers;
  std::optional<ChecksumAlgorithm> checksum;
  std::string seed;
  std::string encoded;
};

std::string chunk(const std::string& data, const std::string& signature) {
  const std::string length = data.size() == 65536 ? "10000" : data.size() == 1024 ? "400" : "0";
  return length + ";chunk-signature=" + signature + "\r\n" + (data.empty() ? "" : data + "\r\n");
}

StreamCase signed_chunks_case() {
  return {
      PayloadMode::signed_chunks,
      {{"Host", "s3.amazonaws.com"},
       {"Content-Length", "66824"},
       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
      std::nullopt,
      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
      chunk(std::string(65536, 'a'), "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648") +
          chunk(std::string(1024, 'a'), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497") +
          chunk("", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9") + "\r\n"};
}

StreamCase signed_trailer_case() {
  return {
      PayloadMode::signed_chunks_trailer,
      {{"Host", "s3.amazonaws.com"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
      ChecksumAlgorithm::crc32c,
      "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
      chunk(std::string(65536, 'a'), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2") +
          chunk(std::string(1024, 'a'), "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7") +
          chunk("", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992") +
          "x-amz-checksum-crc32c:sOO8/Q==\r\n"
          "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"};
}

void expect_streamed(const StreamCase& stream) {
  const std::string body(66560, 'a');
  HttpRequest request = request_of("PUT", "/examplebucket/chunkObject.txt", stream.headers);
  prepare_chunked(request, stream.mode, body.size(), stream.checksum);
  const SignedRequest made =
      sign_header(request, example_keys(), s3_scope, example_time(), payload_word(stream.mode));
  EXPECT_EQ(made.signature, stream.seed) << made.canonical_request;

  ChunkedEncoder encoder(chunked_parameters(made, stream.mode, body.size(), stream.checksum));
  std::string encoded;
  for (const std::string& data : {body.substr(0, 65536), body.substr(65536)}) {
    encoded += encoder.begin_chunk(data) + data + std::string(ChunkedEncoder::chunk_end);
  }
  Headers trailers;
  if (stream.checksum) {
    trailers.add(std::string(header_name(*stream.checksum)), checksum_base64(*stream.checksum, body));
  }
  encoded += encoder.end(trailers);
  EXPECT_EQ(encoded, stream.encoded);
  EXPECT_EQ(encoded_length(stream.mode, body.size(), 65536, stream.checksum), stream.encoded.size());

  const auto parsed = parse_auth(request);
  ASSERT_TRUE(parsed.has_value() && parsed->has_value());
  VerifyPolicy policy;
  policy.region = "us-east-1";
  policy.services = {"s3"};
  const auto verified = verify(request, **parsed, example_keys(), policy, example_time());
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  EXPECT_EQ(verified->payload, stream.mode);
  auto parameters = chunked_parameters(*verified, request.headers);
  ASSERT_TRUE(parameters.has_value());
  ChunkedDecoder decoder(std::move(*parameters));
  std::string decoded;
  std::string_view input = stream.encoded;
  while (!input.empty()) decoded += decoder.take(input);
  decoder.finish();
  EXPECT_EQ(decoded, body);
  EXPECT_EQ(decoder.trailers().get_or("x-amz-checksum-crc32c", ""), stream.checksum ? "sOO8/Q==" : "");
}

TEST(S3Vectors, SignedChunks) {
  EXPECT_EQ(signed_chunks_case().encoded.size(), 66824U);
  expect_streamed(signed_chunks_case());
}

TEST(S3Vectors, SignedChunksAndTrailer) {
  expect_streamed(signed_trailer_case());
}

// The other services: the path is normalised and encoded once more.
struct OtherService {
  std::string target;
  std::string signature;
};

TEST(OtherServices, PathAndQuery) {
  const Credentials keys{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret()};
  const Instant now = from_amz_date("20150830T123600Z").value();
  for (const OtherService& each :
       {OtherService{"/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        OtherService{"/\xE1\x88\xB4", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        OtherService{"/?Param2=value2&Param1=value1",
                     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"}}) {
    HttpRequest request = request_of("GET", each.target, {{"Host", "example.amazonaws.com"}});
    EXPECT_EQ(sign_header(request, keys, {"us-east-1", "service"}, now, empty_sha256_hex).signature,
              each.signature);
    EXPECT_FALSE(request.headers.has("x-amz-content-sha256"));
    expect_verified(request, keys, now, "us-east-1", "service");
  }
}

TEST(OtherServices, AnArnInThePathIsEncodedTwice) {
  const Credentials keys{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret()};
  const Instant now = from_amz_date("20150830T123600Z").value();
  HttpRequest request = request_of(
      "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Ademo",
      {{"Host", "lambda.eu-west-1.amazonaws.com"}});
  const SignedRequest made = sign_header(request, keys, {"eu-west-1", "lambda"}, now, empty_sha256_hex);
  EXPECT_EQ(sha256_hex(made.canonical_request),
            "5415c5281a77b7c9aac724a856f7df8756a09664380de08ca89248f09634cd99");
  EXPECT_EQ(made.signature, "4b96badb3305e295afaa489dbcb74365f22647cf461296b6a00451c3b006a4b0");
  expect_verified(request, keys, now, "eu-west-1", "lambda");
}

TEST(ChecksumValues, OfTheNineDigits) {
  EXPECT_EQ(checksum_base64(ChecksumAlgorithm::crc32, "123456789"), "y/Q5Jg==");
  EXPECT_EQ(checksum_base64(ChecksumAlgorithm::crc32c, "123456789"), "4waSgw==");
  EXPECT_EQ(checksum_base64(ChecksumAlgorithm::crc64nvme, "123456789"), "rosUhgp5mIg=");
  EXPECT_EQ(to_hex(from_base64(checksum_base64(ChecksumAlgorithm::sha1, "123456789")).value()),
            "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
  EXPECT_EQ(to_hex(from_base64(checksum_base64(ChecksumAlgorithm::sha256, "123456789")).value()),
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
}

}  // namespace
}  // namespace s3dr::aws
