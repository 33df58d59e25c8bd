#include "aws/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "base/c_pointer.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

constexpr std::size_t sha256_block_bytes = 64;

// Fetching walks OpenSSL's provider tables (about a microsecond), so it is done once a process.
const EVP_MD* fetched(HashAlgorithm algorithm) {
  static const EVP_MD* const md5_type = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const sha1_type = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sha256_type = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const EVP_MD* type = nullptr;
  switch (algorithm) {
    case HashAlgorithm::md5:
      type = md5_type;
      break;
    case HashAlgorithm::sha1:
      type = sha1_type;
      break;
    case HashAlgorithm::sha256:
      type = sha256_type;
      break;
  }
  if (type == nullptr) throw Error(ErrorKind::unsupported, "OpenSSL does not offer this hash algorithm");
  return type;
}

using ContextPointer = CPointer<EVP_MD_CTX, EVP_MD_CTX_free>;

ContextPointer new_context() {
  ContextPointer context(EVP_MD_CTX_new());
  S3DR_CHECK(context != nullptr);
  return context;
}

void start(EVP_MD_CTX* context, const EVP_MD* type) {
  S3DR_CHECK(EVP_DigestInit_ex2(context, type, nullptr) == 1);
}

void add(EVP_MD_CTX* context, std::string_view bytes) {
  S3DR_CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

std::string end(EVP_MD_CTX* context) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int length = 0;
  S3DR_CHECK(EVP_DigestFinal_ex(context, digest.data(), &length) == 1);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

// One context an algorithm and thread: starting again with the same type skips OpenSSL's set-up.
EVP_MD_CTX* reusable_context(HashAlgorithm algorithm) {
  thread_local std::array<ContextPointer, 3> contexts;
  ContextPointer& slot = contexts[static_cast<std::size_t>(algorithm)];
  if (slot == nullptr) slot = new_context();
  return slot.get();
}

std::string digest_of(HashAlgorithm algorithm, std::string_view bytes) {
  const EVP_MD* type = fetched(algorithm);
  EVP_MD_CTX* context = reusable_context(algorithm);
  start(context, type);
  add(context, bytes);
  return end(context);
}

}  // namespace

std::string md5(std::string_view bytes) {
  return digest_of(HashAlgorithm::md5, bytes);
}
std::string sha1(std::string_view bytes) {
  return digest_of(HashAlgorithm::sha1, bytes);
}
std::string sha256(std::string_view bytes) {
  return digest_of(HashAlgorithm::sha256, bytes);
}
std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256(bytes));
}

// RFC 2104 over the reused context: OpenSSL's EVP_MAC would allocate and fetch for every call.
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string block = key.size() > sha256_block_bytes ? sha256(key) : std::string(key);
  block.resize(sha256_block_bytes, '\0');
  std::string outer = block;
  std::transform(block.begin(), block.end(), block.begin(),
                 [](char c) { return static_cast<char>(c ^ 0x36); });
  std::transform(outer.begin(), outer.end(), outer.begin(),
                 [](char c) { return static_cast<char>(c ^ 0x5c); });

  const EVP_MD* type = fetched(HashAlgorithm::sha256);
  EVP_MD_CTX* context = reusable_context(HashAlgorithm::sha256);
  start(context, type);
  add(context, block);
  add(context, bytes);
  outer += end(context);
  start(context, type);
  add(context, outer);
  return end(context);
}

struct Hasher::Context {
  const EVP_MD* type;
  ContextPointer context;
};

Hasher::Hasher(HashAlgorithm algorithm)
    : context_(std::make_unique<Context>(Context{fetched(algorithm), new_context()})) {
  start(context_->context.get(), context_->type);
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::string_view bytes) {
  add(context_->context.get(), bytes);
}

std::string Hasher::finish() {
  std::string digest = end(context_->context.get());
  start(context_->context.get(), context_->type);
  return digest;
}

}  // namespace s3dr::aws
