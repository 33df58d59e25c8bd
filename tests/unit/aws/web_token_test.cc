// Signed web tokens: what is read, and what counts as signed. The vector is RFC 7515, A.2 (RS256) and A.3
// (ES256).
#include "aws/web_token.h"

#include <gtest/gtest.h>

namespace s3dr::aws {
namespace {

constexpr const char* claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string rs256 =
    std::string("eyJhbGciOiJSUzI1NiJ9.") + claims +
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5juj"
    "Gbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7"
    "K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np"
    "6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const std::string rsa_key =
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\""
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql"
    "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs"
    "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoud"
    "F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    "\"}";
const std::string es256 =
    std::string("eyJhbGciOiJFUzI1NiJ9.") + claims +
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const std::string p256_key = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                             R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";

std::string set_of(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

bool is_signed(const std::string& text, const std::string& keys) {
  const auto token = parse_web_token(text);
  return token && is_signed_by(*token, set_of(keys));
}

std::string with(std::string key, const std::string& field) {
  return key.replace(0, 1, "{" + field + ",");
}

TEST(WebToken, ReadsClaims) {
  const auto token = parse_web_token(rs256);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->algorithm, "RS256");
  EXPECT_EQ(token->text("iss"), "joe");
  EXPECT_EQ(token->text("exp"), "") << "a number";
  EXPECT_EQ(token->time("exp"), Instant(milliseconds(1'300'819'380'000)));
  EXPECT_FALSE(token->time("iss"));
  EXPECT_TRUE(token->audiences().empty());
}

TEST(WebToken, SignaturesOfTheStandard) {
  EXPECT_TRUE(is_signed(rs256, rsa_key));
  EXPECT_TRUE(is_signed(es256, p256_key));
  EXPECT_TRUE(is_signed(es256, rsa_key + "," + p256_key)) << "any key of the set";
  EXPECT_TRUE(is_signed(rs256, with(rsa_key, R"("use":"sig","alg":"RS256","kid":"1")")));
}

TEST(WebToken, WhatIsNotSignedSo) {
  EXPECT_FALSE(is_signed(rs256, p256_key));
  EXPECT_FALSE(is_signed(es256, rsa_key));
  EXPECT_FALSE(is_signed(rs256, ""));
  EXPECT_FALSE(is_signed(rs256, with(rsa_key, R"("use":"enc")")));
  EXPECT_FALSE(is_signed(rs256, with(rsa_key, R"("alg":"RS512")")));
  // Each byte of the claims and the signature counts.
  for (const std::string& token : {rs256, es256}) {
    const std::string& key = token == rs256 ? rsa_key : p256_key;
    for (const std::size_t place : {std::size_t{25}, token.rfind('.') - 9, token.rfind('.') + 9}) {
      std::string changed = token;
      changed[place] = changed[place] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(is_signed(changed, key)) << place;
    }
  }
  // "none" with an empty signature, HS256 with the public key as its secret: never.
  EXPECT_FALSE(is_signed(std::string("eyJhbGciOiJub25lIn0.") + claims + ".", rsa_key));
  EXPECT_FALSE(is_signed("eyJhbGciOiJIUzI1NiJ9." + rs256.substr(rs256.find('.') + 1), rsa_key));
  // A short key, a point that is not on the curve.
  EXPECT_FALSE(is_signed(rs256, R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNg","e":"AQAB"})"));
  std::string off = p256_key;
  off.replace(off.find("f83O"), 4, "g83O");
  EXPECT_FALSE(is_signed(es256, off));
  const auto token = parse_web_token(rs256);
  for (const char* set : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[7]})", R"({"keys":[{"kty":"RSA"}]})"})
    EXPECT_FALSE(is_signed_by(*token, set)) << set;
}

TEST(WebToken, AKeyIsChosenByItsName) {
  // {"alg":"RS256","kid":"2"}: the signature is another's, so only the choice can be seen.
  const auto token =
      parse_web_token("eyJhbGciOiJSUzI1NiIsImtpZCI6IjIifQ." + rs256.substr(rs256.find('.') + 1));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->key_id, "2");
  WebToken renamed = *parse_web_token(rs256);
  renamed.key_id = "2";
  EXPECT_FALSE(is_signed_by(renamed, set_of(rsa_key)));
  EXPECT_FALSE(is_signed_by(renamed, set_of(with(rsa_key, R"("kid":"1")"))));
  EXPECT_TRUE(is_signed_by(renamed, set_of(with(rsa_key, R"("kid":"2")"))));
}

TEST(WebToken, WhatIsNone) {
  for (const char* text : {"", ".", "..", "a.b", "e30.e30", "e30.e30.e30.e30", "e30.W10.", "W10.e30.",
                           "e30=.e30.", "e3 0.e30.", "e30.e30.+/", "eyJjcml0IjpbXX0.e30."})
    EXPECT_FALSE(parse_web_token(text)) << text;
  EXPECT_TRUE(parse_web_token("e30.e30."));
}

}  // namespace
}  // namespace s3dr::aws
