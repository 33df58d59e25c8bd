#include "client/s3/s3_client.h"

#include "base/encoding.h"
#include "unit/client/client_fixture.h"

namespace s3dr::client {
namespace {

class S3ClientTest : public ClientTest {
 protected:
  S3Call read() const {
    S3Call call;
    call.method = "GET";
    call.bucket = bucket;
    call.query = {{"tagging", ""}};
    call.owner = account;
    return call;
  }
  S3Call object_write() const {
    S3Call call;
    call.method = "PUT";
    call.bucket = bucket;
    call.key = s3::ObjectKey("a key");
    call.owner = account;
    call.text = "body";
    call.repeatable = Repeatable::only_unsent;
    return call;
  }
};

TEST_F(S3ClientTest, SignsVirtualHostRequestsOnAws) {
  transport.answer(200, "<Tagging/>");
  run(client().require(read()));
  const auto& sent = transport.last();
  EXPECT_EQ(sent.method, "GET");
  EXPECT_EQ(sent.target, "/?tagging");
  EXPECT_EQ(sent.endpoint.url(), "https://harbor-ledger.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(sent.header("Host"), "harbor-ledger.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(sent.header("x-amz-expected-bucket-owner"), "111122223333");
  EXPECT_EQ(sent.header("x-amz-content-sha256"), aws::empty_sha256_hex);
  EXPECT_EQ(sent.header("x-amz-security-token"), canary_token);
  EXPECT_EQ(sent.header("x-amz-date"), "20260801T000000Z");
  expect_signed(sent, "eu-west-1", clock.now());
}

TEST_F(S3ClientTest, UsesPathStyleAtCustomEndpointsAndLeavesTheOwnerOutWhereToldSo) {
  transport.answer(200, "<Tagging/>");
  S3ClientOptions options = custom_options();
  options.expected_owner = false;
  run(client(options).require(read()));
  EXPECT_EQ(transport.last().target, "/harbor-ledger?tagging");
  EXPECT_EQ(transport.last().header("Host"), "127.0.0.1:9101");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "(absent)");
  expect_signed(transport.last(), "eu-west-1", clock.now());
}

TEST_F(S3ClientTest, KeysAreEncodedOnceAndNeverNormalised) {
  for (const auto& [key, target] :
       std::vector<std::pair<std::string, std::string>>{{"a//b", "/harbor-ledger/a//b"},
                                                        {"./../x", "/harbor-ledger/./../x"},
                                                        {"/lead", "/harbor-ledger//lead"},
                                                        {"100% +ü\n", "/harbor-ledger/100%25%20%2B%C3%BC%0A"},
                                                        {"trail/", "/harbor-ledger/trail/"}}) {
    transport.answer(200);
    S3Call call = object_write();
    call.key = s3::ObjectKey(key);
    run(client(custom_options()).require(std::move(call)));
    EXPECT_EQ(transport.last().target, target);
    expect_signed(transport.last(), "eu-west-1", clock.now());
  }
}

TEST_F(S3ClientTest, SendsContentMd5AndHashOfTextBodies) {
  transport.answer(200);
  run(client().require(object_write()));
  EXPECT_EQ(transport.last().body, "body");
  EXPECT_EQ(transport.last().header("Content-MD5"), "hBotaJrYa9FhFEdFPCLG/A==");
  EXPECT_EQ(transport.last().header("x-amz-content-sha256"), aws::sha256_hex("body"));
}

TEST_F(S3ClientTest, RepeatsReadsAndSignsEachAttemptAnew) {
  transport.answer(500, error_xml("InternalError"))
      .answer(503, error_xml("SlowDown"))
      .fail(ErrorKind::outcome_unknown)
      .answer(200, "<Tagging/>");
  EXPECT_EQ(run(client().require(read())).status, 200);
  EXPECT_EQ(transport.count(), 4u);
  EXPECT_EQ(credentials.asked, 4);
  for (const auto& sent : transport.sent()) expect_signed(sent, "eu-west-1", clock.now());
}

TEST_F(S3ClientTest, GivesUpAfterAttemptsMaxWithTheLastError) {
  for (int i = 0; i < 4; ++i) transport.answer(503, error_xml("SlowDown"));
  const Error error = error_of(client().require(read()));
  EXPECT_EQ(error.kind(), ErrorKind::throttled);
  EXPECT_EQ(error.code(), "SlowDown");
  EXPECT_EQ(error.resource(), "s3://harbor-ledger");
  EXPECT_EQ(transport.count(), 4u);
}

struct WriteCase {
  const char* name;
  int status;  // 0: outcome_unknown from the transport, -1: unavailable
  const char* body;
  std::size_t attempts;
  ErrorKind kind;
};

TEST_F(S3ClientTest, AnObjectWriteIsRepeatedOnlyWhenItDidNotTakeEffect) {
  const WriteCase cases[] = {
      {"reset after sending", 0, "", 1, ErrorKind::outcome_unknown},
      {"never connected", -1, "", 4, ErrorKind::unavailable},
      {"500 of S3", 500, "<Error><Code>InternalError</Code></Error>", 1, ErrorKind::outcome_unknown},
      {"bad gateway", 502, "<html>", 1, ErrorKind::outcome_unknown},
      {"gateway timeout", 504, "", 1, ErrorKind::outcome_unknown},
      {"a proxy's 503", 503, "<html></html>", 1, ErrorKind::outcome_unknown},
      {"S3's 503", 503, "<Error><Code>ServiceUnavailable</Code></Error>", 4, ErrorKind::unavailable},
      {"SlowDown", 503, "<Error><Code>SlowDown</Code></Error>", 4, ErrorKind::throttled},
      {"too slow a body", 400, "<Error><Code>RequestTimeout</Code></Error>", 4, ErrorKind::unavailable},
      {"denied", 403, "<Error><Code>AccessDenied</Code></Error>", 1, ErrorKind::denied},
      {"200 with an error", 200, "<?xml version='1.0'?>\n<Error><Code>InternalError</Code></Error>", 1,
       ErrorKind::outcome_unknown},
      {"no such bucket", 404, "<Error><Code>NoSuchBucket</Code></Error>", 1, ErrorKind::not_found},
  };
  for (const WriteCase& one : cases) {
    SCOPED_TRACE(one.name);
    const std::size_t before = transport.count();
    for (std::size_t i = 0; i < one.attempts; ++i) {
      if (one.status > 0) {
        transport.answer(one.status, one.body);
      } else {
        transport.fail(one.status == 0 ? ErrorKind::outcome_unknown : ErrorKind::unavailable);
      }
    }
    const Error error = error_of(client().require(object_write()));
    EXPECT_EQ(error.kind(), one.kind) << error.what();
    EXPECT_EQ(error.resource(), "s3://harbor-ledger/a key");
    EXPECT_EQ(transport.count() - before, one.attempts);
  }
}

TEST_F(S3ClientTest, AnAnswerLostHalfWayIsUnknownForAWriteAndRepeatedForARead) {
  const Error reset(ErrorKind::unavailable, "reset");
  transport.answer(test::ScriptedAnswer{200, {}, "<Tag", reset});
  EXPECT_EQ(error_of(client().require(object_write())).kind(), ErrorKind::outcome_unknown);
  transport.answer(test::ScriptedAnswer{200, {}, "<Tag", reset}).answer(200, "<Tagging/>");
  EXPECT_EQ(run(client().require(read())).text, "<Tagging/>");
  // A refusal counts by its status, even when its text is lost.
  transport.answer(test::ScriptedAnswer{403, {}, "<Err", reset});
  EXPECT_EQ(error_of(client().require(read())).kind(), ErrorKind::denied);
}

TEST_F(S3ClientTest, AnAttemptWithoutAnAnswerEndsAtItsDeadline) {
  transport.hang(clock);
  test::Outcome outcome;
  std::optional<Error> seen;
  S3Client& s3 = client();
  const auto ask = [](S3Client& from, S3Call call, std::optional<Error>& into) -> Task<> {
    try {
      co_await from.require(std::move(call));
    } catch (const Error& error) {
      into = error;
    }
  };
  test::start(context, ask(s3, object_write(), seen), outcome);
  test::settle(context);
  clock.advance(milliseconds(59'999));
  test::settle(context);
  EXPECT_FALSE(outcome.ended);
  clock.advance(milliseconds(1));
  test::settle(context);
  ASSERT_TRUE(outcome.ended);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->kind(), ErrorKind::outcome_unknown);
  EXPECT_EQ(seen->resource(), "s3://harbor-ledger/a key");
}

TEST_F(S3ClientTest, FollowsARegionOnceAndSignsForIt) {
  transport.answer(301, error_xml("PermanentRedirect"), {{"x-amz-bucket-region", "eu-central-1"}})
      .answer(200, "<Tagging/>");
  const S3Answer answer = run(client().require(read()));
  EXPECT_TRUE(answer.redirected);
  EXPECT_EQ(answer.region.text(), "eu-central-1");
  EXPECT_EQ(transport.last().endpoint.host, "harbor-ledger.s3.eu-central-1.amazonaws.com");
  expect_signed(transport.last(), "eu-central-1", clock.now());
}

TEST_F(S3ClientTest, FollowsTheRegionOfAMalformedAuthorization) {
  transport.answer(400, error_xml("AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"))
      .answer(200, "<Tagging/>");
  run(client(custom_options()).require(read()));
  EXPECT_EQ(transport.last().endpoint.port, 9102);
  expect_signed(transport.last(), "eu-central-1", clock.now());
}

TEST_F(S3ClientTest, DoesNotFollowASecondRedirect) {
  transport.answer(307, error_xml("TemporaryRedirect"), {{"x-amz-bucket-region", "eu-central-1"}})
      .answer(307, error_xml("TemporaryRedirect"), {{"x-amz-bucket-region", "us-west-2"}});
  const Error error = error_of(client().require(read()));
  EXPECT_EQ(error.status(), 307);
  EXPECT_EQ(transport.count(), 2u);
}

TEST_F(S3ClientTest, NeverFollowsALocationNorAnUnknownOrUnlikelyRegion) {
  const Headers location = {{"Location", "http://evil.example/"}};
  transport.answer(307, error_xml("TemporaryRedirect", "<Endpoint>evil.example</Endpoint>"), location);
  EXPECT_EQ(error_of(client().require(read())).status(), 307);
  // A private store must not send us to AWS.
  transport.answer(301, error_xml("PermanentRedirect"), {{"x-amz-bucket-region", "us-west-2"}});
  EXPECT_EQ(error_of(client(custom_options()).require(read())).region(), "us-west-2");
  for (const char* region : {"evil.example/", "x@y", "a b", "", "eu-west-1"}) {
    transport.answer(301, error_xml("PermanentRedirect"), {{"x-amz-bucket-region", region}});
    EXPECT_EQ(error_of(client().require(read())).status(), 301) << region;
  }
  EXPECT_EQ(transport.count(), 7u);
  for (const auto& sent : transport.sent()) EXPECT_EQ(sent.endpoint.host.find("evil"), std::string::npos);
}

TEST_F(S3ClientTest, CorrectsASkewedClockOnceAndKeepsTheOffset) {
  const Headers date = {{"Date", "Sat, 01 Aug 2026 01:00:00 GMT"}};  // ours says midnight
  transport.answer(403, error_xml("RequestTimeTooSkewed"), date).answer(200, "<Tagging/>", date);
  S3Client& s3 = client();
  run(s3.require(read()));
  EXPECT_EQ(transport.last().header("x-amz-date"), "20260801T010000Z");
  transport.answer(200, "<Tagging/>", date);
  run(s3.require(read()));
  EXPECT_EQ(transport.last().header("x-amz-date"), "20260801T010000Z");
  EXPECT_EQ(transport.count(), 3u);
}

TEST_F(S3ClientTest, SkewIsCorrectedOnlyOnceACallAndNotWithoutADate) {
  const Headers date = {{"Date", "Sat, 01 Aug 2026 01:00:00 GMT"}};
  const Headers later = {{"Date", "Sat, 01 Aug 2026 09:00:00 GMT"}};
  transport.answer(403, error_xml("RequestTimeTooSkewed"), date)
      .answer(403, error_xml("RequestTimeTooSkewed"), later);
  EXPECT_EQ(error_of(client().require(read())).code(), "RequestTimeTooSkewed");
  transport.answer(403, error_xml("RequestTimeTooSkewed"));
  EXPECT_EQ(error_of(client().require(read())).code(), "RequestTimeTooSkewed");
  EXPECT_EQ(transport.count(), 3u);
}

TEST_F(S3ClientTest, RenewsExpiredCredentialsOnce) {
  transport.answer(400, error_xml("ExpiredToken")).answer(400, error_xml("ExpiredToken"));
  const Error error = error_of(client().require(read()));
  EXPECT_EQ(error.code(), "ExpiredToken");
  EXPECT_EQ(error.kind(), ErrorKind::denied);
  EXPECT_EQ(credentials.renewed, 1);
  EXPECT_EQ(transport.count(), 2u);
}

TEST_F(S3ClientTest, SecretsThatAServerEchoesStayOut) {
  const std::string echo = std::string("token ") + canary_token + " key " + canary_secret;
  transport.answer(403, "<Error><Code>SignatureDoesNotMatch</Code><Message>" + echo + "</Message></Error>",
                   {{"x-amz-request-id", canary_token}});
  const Error error = error_of(client().require(read()));
  const std::string all = std::string(error.what()) + error.message() + error.request_id() + error.advice();
  EXPECT_EQ(all.find("canary"), std::string::npos) << all;
  EXPECT_EQ(error.code(), "SignatureDoesNotMatch");
  for (const auto& sent : transport.sent()) {
    EXPECT_EQ(sent.target.find("canary"), std::string::npos);
    EXPECT_EQ(sent.header("Authorization").find("canary"), std::string::npos);
  }
}

TEST_F(S3ClientTest, NastyAnswersGiveUsableErrors) {
  struct Nasty {
    const char* name;
    int status;
    std::string body;
    ErrorKind kind;
  };
  const Nasty cases[] = {
      {"a web page", 403, "<!DOCTYPE html><html><body>blocked</body></html>", ErrorKind::denied},
      {"a web page for 404", 404, "<html><body>not here</body></html>", ErrorKind::unsupported},
      {"nothing", 400, "", ErrorKind::unsupported},
      {"nothing for 403", 403, "", ErrorKind::denied},
      {"cut off", 404, "<Error><Code>NoSuch", ErrorKind::unsupported},
      {"wrong root", 404, "<Oops><Code>NoSuchTagSet</Code></Oops>", ErrorKind::unsupported},
      {"no code", 404, "<Error><Message>hm</Message></Error>", ErrorKind::unsupported},
      {"a bomb", 403, "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><Error><Code>&b;</Code></Error>",
       ErrorKind::denied},
      {"a megabyte of noise", 403, std::string(1024 * 1024, 'x'), ErrorKind::denied},
      {"not implemented", 501, error_xml("NotImplemented"), ErrorKind::unsupported},
      {"not allowed", 405, error_xml("MethodNotAllowed"), ErrorKind::unsupported},
      {"names the sub-resource", 400,
       "<Error><Code>InvalidArgument</Code><Message>Tagging is not known here</Message></Error>",
       ErrorKind::unsupported},
      {"another argument", 400, error_xml("InvalidArgument"), ErrorKind::invalid},
      {"an unlikely status", 299 + 1, "", ErrorKind::invalid},
  };
  for (const Nasty& one : cases) {
    SCOPED_TRACE(one.name);
    transport.answer(one.status, one.body);
    const Error error = error_of(client().require(read()));
    EXPECT_EQ(error.kind(), one.kind) << error.what();
    EXPECT_EQ(error.resource(), "s3://harbor-ledger");
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
}

TEST_F(S3ClientTest, AnEmptyDocumentIsAskedForAgainAndThenUnavailable) {
  S3Call call = read();
  call.needs_document = true;
  for (int i = 0; i < 4; ++i) transport.answer(200, i == 1 ? "  \n" : "");
  EXPECT_EQ(error_of(client().require(call)).kind(), ErrorKind::unavailable);
  EXPECT_EQ(transport.count(), 4u);
}

}  // namespace
}  // namespace s3dr::client
