// Signature Version 4: whatever is signed verifies, and nothing else does.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aws/hash.h"
#include "aws/sigv4.h"
#include "aws/sigv4_verify.h"
#include "base/encoding.h"

namespace s3dr::aws {
namespace {

const Instant now = from_amz_date("20260801T101500Z").value();

std::string bytes(std::size_t length_max) {
  const auto length = *rc::gen::inRange<std::size_t>(0, length_max);
  return *rc::gen::container<std::string>(length, rc::gen::arbitrary<char>());
}

std::string token() {
  return *rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("abcdefghijklmnopqrstuvwxyz0123456789-"))));
}

// A target as a client may write it: every byte that means something escaped, the others by chance.
std::string wire(const std::string& raw, const std::string& kept) {
  std::string result;
  for (const char c : raw) {
    const bool must = c == '?' || c == '%' || c == '&' || c == '=' || c == '#' || c == ' ' || c == '\0';
    if (kept.find(c) != std::string::npos || (!must && *rc::gen::arbitrary<bool>())) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += "0123456789abcdef"[byte >> 4];
      result += "0123456789ABCDEF"[byte & 15];
    }
  }
  return result;
}

struct Case {
  HttpRequest request;
  Credentials credentials;
  SigningScope scope;
  std::string payload;
  VerifyPolicy policy;
};

Case random_case() {
  Case made;
  made.scope = {"eu-west-1",
                *rc::gen::elementOf(std::vector<std::string>{"s3", "s3dr-replication", "events"})};
  made.credentials = {"AK/" + token(), Secret(bytes(40) + "x"),
                      Secret(*rc::gen::arbitrary<bool>() ? std::string("token/+=") : std::string())};
  made.request.method = *rc::gen::elementOf(std::vector<std::string>{"GET", "PUT", "POST", "DELETE", "HEAD"});
  made.request.target = "/" + wire(bytes(40), "/");
  const int parameters = *rc::gen::inRange(0, 4);
  for (int i = 0; i < parameters; ++i) {
    made.request.target += i == 0 ? '?' : '&';
    made.request.target += wire(bytes(8), "") + (*rc::gen::arbitrary<bool>() ? "=" + wire(bytes(8), "") : "");
  }
  made.request.headers.add("Host", token());
  const int fields = *rc::gen::inRange(0, 4);
  for (int i = 0; i < fields; ++i) made.request.headers.add("X-Amz-Meta-" + token(), bytes(20));
  made.payload = sha256_hex(bytes(20));
  made.policy.region = "eu-west-1";
  made.policy.services = {made.scope.service};
  made.policy.body_sha256 = made.payload;
  return made;
}

bool accepted(const Case& each, const HttpRequest& request) {
  const auto parsed = parse_auth(request);
  if (!parsed || !*parsed) return false;
  return verify(request, **parsed, each.credentials, each.policy, now).has_value();
}

HttpRequest copy_of(const HttpRequest& request) {
  HttpRequest copy;
  copy.method = request.method;
  copy.target = request.target;
  copy.headers = request.headers;
  return copy;
}

bool claims_by_query(const HttpRequest& request) {
  const auto query = parse_query(split_target(request.target).query);
  for (const auto& [name, value] : *query) {
    if (name.starts_with("X-Amz-") || name == "Signature" || name == "AWSAccessKeyId") return true;
  }
  return false;
}

// The parts of the request that the signature must cover, in a form in which equal meaning is equal text.
std::string meaning(const Case& each, const HttpRequest& request) {
  const TargetParts parts = split_target(request.target);
  const auto query = parse_query(parts.query);
  const auto path = canonical_path(parts.path, path_rule_of(each.scope.service));
  if (!query || !path) return "broken";
  std::string text = request.method + "\n" + *path + "\n" + canonical_query(*query) + "\n";
  return text + canonical_headers(request.headers, signable_headers(request.headers));
}

TEST(SigV4Property, WhatIsSignedInTheHeaderVerifies) {
  EXPECT_TRUE(rc::check([] {
    Case each = random_case();
    RC_PRE(!claims_by_query(each.request));
    sign_header(each.request, each.credentials, each.scope, now, each.payload);
    RC_ASSERT(accepted(each, each.request));
  }));
}

TEST(SigV4Property, WhatIsSignedInTheQueryVerifies) {
  EXPECT_TRUE(rc::check([] {
    Case each = random_case();
    RC_PRE(!claims_by_query(each.request));
    const bool s3 = signs_like_s3(each.scope.service);
    each.request.target = presign(each.request, each.credentials, each.scope, now, std::chrono::seconds(60),
                                  s3 ? std::string(unsigned_payload) : each.payload)
                              .target;
    RC_ASSERT(accepted(each, each.request));
  }));
}

TEST(SigV4Property, AnyOtherTargetOrHeaderIsRefused) {
  EXPECT_TRUE(rc::check([] {
    Case each = random_case();
    RC_PRE(!claims_by_query(each.request));
    sign_header(each.request, each.credentials, each.scope, now, each.payload);
    HttpRequest changed = copy_of(each.request);
    if (*rc::gen::arbitrary<bool>()) {
      const auto at = *rc::gen::inRange<std::size_t>(1, changed.target.size() + 1);
      if (at == changed.target.size())
        changed.target += *rc::gen::arbitrary<char>();
      else
        changed.target[at] = *rc::gen::arbitrary<char>();
    } else {
      const auto field = *rc::gen::inRange<std::size_t>(0, changed.headers.size());
      Headers headers;
      for (std::size_t i = 0; i < changed.headers.size(); ++i) {
        Header copy = changed.headers.fields()[i];
        if (i == field) copy.value += *rc::gen::arbitrary<char>();
        headers.add(copy.name, copy.value);
      }
      RC_PRE(!equals_ignoring_case(headers.fields()[field].name, "authorization") ||
             static_cast<unsigned char>(headers.fields()[field].value.back()) > ' ');
      changed.headers = headers;
      if (equals_ignoring_case(headers.fields()[field].name, "authorization")) {
        RC_ASSERT(!accepted(each, changed));
        return;
      }
    }
    RC_PRE(meaning(each, changed) != meaning(each, each.request));
    RC_ASSERT(!accepted(each, changed));
  }));
}

TEST(SigV4Property, ParsingNeverFailsOtherThanByAnAnswer) {
  EXPECT_TRUE(rc::check([] {
    HttpRequest request;
    request.method = "GET";
    request.target = "/" + bytes(60);
    request.headers.add("Authorization", "AWS4-HMAC-SHA256 " + bytes(100));
    const auto parsed = parse_auth(request);
    RC_ASSERT(!parsed.has_value());
  }));
}

}  // namespace
}  // namespace s3dr::aws
