// SHA-256, HMAC-SHA-256, SHA-1 and MD5 over byte strings. Used by the signer, the checksums and the ETags.
// Digests are raw bytes (base/encoding.h turns them into hex or base64). Not here: CRCs (aws/crc.h).
// Every request is hashed, so each algorithm is fetched from OpenSSL once in a process and contexts are
// reused.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace s3dr::aws {

enum class HashAlgorithm { md5, sha1, sha256 };

// Raw digests: 16, 20 and 32 bytes. All raise unsupported when OpenSSL has the algorithm switched off (for
// example MD5 under FIPS).
std::string md5(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);  // 64 lower-case digits, the form signatures use
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// sha256_hex of nothing: the payload hash of a request without a body.
inline constexpr std::string_view empty_sha256_hex =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// A digest of bytes that arrive in pieces.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  void update(std::string_view bytes);
  // The raw digest of everything since the start or the last `finish`. Then it starts again from nothing.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace s3dr::aws
