#include "aws/web_token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/c_pointer.h"
#include "base/encoding.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

constexpr int rsa_bits_min = 2048;
constexpr std::size_t rsa_bytes_max = 1024;
constexpr std::size_t p256_bytes = 32;
constexpr std::size_t depth_max = 16;

using Number = CPointer<BIGNUM, BN_free>;
using Key = CPointer<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = CPointer<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Builder = CPointer<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = CPointer<OSSL_PARAM, OSSL_PARAM_free>;
using Digest = CPointer<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcSignature = CPointer<ECDSA_SIG, ECDSA_SIG_free>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Without padding, with - and _ for + and /.
std::optional<std::string> from_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string plain(text);
  std::ranges::replace(plain, '-', '+');
  std::ranges::replace(plain, '_', '/');
  plain.append((4 - plain.size() % 4) % 4, '=');
  return from_base64(plain);
}

std::optional<json::object> parse_object(std::string_view text) {
  json::error_code failure;
  json::parse_options options;
  options.max_depth = depth_max;
  json::value value = json::parse(text, failure, {}, options);
  if (failure || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

Number number_of(const std::string& text) {
  return Number(BN_bin2bn(bytes(text), static_cast<int>(text.size()), nullptr));
}

Key key_from(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return Key(key);
}

Key rsa_key(const json::object& described) {
  const auto modulus = from_base64url(text_in(described, "n"));
  const auto exponent = from_base64url(text_in(described, "e"));
  if (!modulus || !exponent || modulus->empty() || modulus->size() > rsa_bytes_max || exponent->empty() ||
      exponent->size() > sizeof(std::uint64_t))
    return nullptr;
  const Number n = number_of(*modulus), e = number_of(*exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || BN_num_bits(n.get()) < rsa_bits_min ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return key_from("RSA", builder.get());
}

Key p256_key(const json::object& described) {
  const auto x = from_base64url(text_in(described, "x")), y = from_base64url(text_in(described, "y"));
  if (text_in(described, "crv") != "P-256" || !x || !y || x->size() != p256_bytes || y->size() != p256_bytes)
    return nullptr;
  const std::string point = "\x04" + *x + *y;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1)
    return nullptr;
  return key_from("EC", builder.get());
}

// A token has the two numbers side by side, OpenSSL wants them as ASN.1.
std::optional<std::string> asn1_signature(const std::string& raw) {
  if (raw.size() != 2 * p256_bytes) return std::nullopt;
  Number r = number_of(raw.substr(0, p256_bytes)), s = number_of(raw.substr(p256_bytes));
  const EcSignature signature(ECDSA_SIG_new());
  if (!r || !s || !signature || ECDSA_SIG_set0(signature.get(), r.release(), s.release()) != 1)
    return std::nullopt;
  unsigned char* encoded = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &encoded);
  if (length <= 0) return std::nullopt;
  std::string result(encoded, encoded + length);
  OPENSSL_free(encoded);
  return result;
}

bool verify(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const Digest digest(EVP_MD_CTX_new());
  return digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(digest.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

bool may_sign(const json::object& key, const WebToken& token) {
  const std::string id = text_in(key, "kid"), use = text_in(key, "use"), algorithm = text_in(key, "alg");
  return (token.key_id.empty() || id == token.key_id) && (use.empty() || use == "sig") &&
         (algorithm.empty() || algorithm == token.algorithm);
}

bool signed_by(const json::object& described, const WebToken& token) {
  if (!may_sign(described, token)) return false;
  const std::string kind = text_in(described, "kty");
  if (token.algorithm == "RS256" && kind == "RSA") {
    const Key key = rsa_key(described);
    return key && verify(key.get(), token.signed_text, token.signature);
  }
  if (token.algorithm == "ES256" && kind == "EC") {
    const Key key = p256_key(described);
    const auto signature = asn1_signature(token.signature);
    return key && signature && verify(key.get(), token.signed_text, *signature);
  }
  return false;
}

}  // namespace

std::string WebToken::text(std::string_view claim) const {
  return text_in(claims, claim);
}

std::optional<Instant> WebToken::time(std::string_view claim) const {
  const json::value* value = claims.if_contains(claim);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->to_number<double>();
  constexpr double seconds_max = 1e11;
  if (!(std::abs(seconds) < seconds_max)) return std::nullopt;
  return Instant(milliseconds(std::llround(seconds * 1000)));
}

std::vector<std::string> WebToken::audiences() const {
  const json::value* value = claims.if_contains("aud");
  std::vector<std::string> result;
  if (value != nullptr && value->is_string()) result.emplace_back(value->get_string());
  if (value != nullptr && value->is_array()) {
    for (const json::value& entry : value->get_array()) {
      if (entry.is_string()) result.emplace_back(entry.get_string());
    }
  }
  return result;
}

std::optional<WebToken> parse_web_token(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  const auto header_text = from_base64url(text.substr(0, first));
  const auto claims_text = from_base64url(text.substr(first + 1, second - first - 1));
  auto signature = from_base64url(text.substr(second + 1));
  if (!header_text || !claims_text || !signature) return std::nullopt;
  const auto header = parse_object(*header_text);
  auto claims = parse_object(*claims_text);
  // An extension that must be understood is not.
  if (!header || !claims || header->contains("crit")) return std::nullopt;
  return WebToken{text_in(*header, "alg"), text_in(*header, "kid"), std::move(*claims),
                  std::string(text.substr(0, second)), std::move(*signature)};
}

bool is_signed_by(const WebToken& token, std::string_view key_set) {
  const auto set = parse_object(key_set);
  const json::value* keys = set ? set->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return false;
  return std::ranges::any_of(keys->get_array(), [&token](const json::value& key) {
    return key.is_object() && signed_by(key.get_object(), token);
  });
}

}  // namespace s3dr::aws
