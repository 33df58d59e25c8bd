// Who is let in: every kind of operation × every way of signing × {good, bad, missing}, and what a refusal
// tells.
#include "cloud/door/front_door.h"

#include "cloud/process/router.h"
#include "unit/cloud/door/one_call_per_operation.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

const std::set<std::string> refusals = {"AccessDenied",
                                        "SignatureDoesNotMatch",
                                        "XAmzContentSHA256Mismatch",
                                        "IncompleteBody",
                                        "InvalidRequest",
                                        "InvalidArgument",
                                        "MalformedTrailerError",
                                        "BadDigest",
                                        "AuthorizationQueryParametersError",
                                        "AuthorizationHeaderMalformed",
                                        "MissingSecurityHeader"};

char other_digit(char digit) {
  return digit == '0' ? '1' : '0';
}

// One signature less, where that way of signing puts it.
void take_signature_away(HttpRequest& request, Signing signing) {
  switch (signing) {
    case Signing::header:
      request.headers.remove("authorization");
      return;
    case Signing::query:
      request.target.resize(request.target.find("X-Amz-Signature="));
      request.target.pop_back();
      return;
    case Signing::signed_chunks:
    case Signing::signed_trailer: {
      std::string text = request.body.text();
      const std::size_t at = text.find(";chunk-signature=");
      text.erase(at, text.find("\r\n", at) - at);
      request.body = Body(text);
      return;
    }
    case Signing::unsigned_trailer: {
      std::string text = request.body.text();
      const std::size_t at = text.rfind("x-amz-checksum");
      text.erase(at, text.find("\r\n", at) + 2 - at);
      request.body = Body(text);
      return;
    }
  }
}

void spoil_signature(HttpRequest& request, Signing signing) {
  switch (signing) {
    case Signing::header: {
      std::string value(*request.headers.get("authorization"));
      value.back() = other_digit(value.back());
      request.headers.set("Authorization", value);
      return;
    }
    case Signing::query: {
      const std::size_t at = request.target.find("X-Amz-Signature=") + 16;
      request.target[at] = other_digit(request.target[at]);
      return;
    }
    case Signing::signed_chunks:
    case Signing::signed_trailer: {
      std::string text = request.body.text();
      const std::size_t at = text.rfind("-signature") + 11;
      text[at] = other_digit(text[at]);
      request.body = Body(text);
      return;
    }
    case Signing::unsigned_trailer: {
      std::string text = request.body.text();
      const std::size_t at = text.rfind("crc32c:") + 7;
      text[at] = text[at] == 'A' ? 'B' : 'A';
      request.body = Body(text);
      return;
    }
  }
}

class AuthMatrix : public RegionTest, public testing::WithParamInterface<Signing> {
 protected:
  AuthMatrix() {
    create_bucket(west(), "matrix");
    enable_versioning(west(), "matrix");
    send({"PUT", "/matrix?tagging",
          "<Tagging><TagSet><Tag><Key>dr</Key><Value>x</Value></Tag></TagSet></Tagging>"});
    send({"PUT", "/matrix/key", "the object"});
    upload_id = send({"POST", "/matrix/key?uploads"}).element("UploadId");
  }

  static bool is_chunked(Signing signing) { return signing != Signing::header && signing != Signing::query; }

  std::string upload_id;
};

TEST_P(AuthMatrix, GoodIsLetIn) {
  for (Call call : one_call_per_operation(upload_id)) {
    call.signing = GetParam();
    const Reply reply = send(call);
    const std::string name = access_log->records.back().operation;
    EXPECT_FALSE(name.empty()) << call.target;
    // Told from a refusal by what it says of the thing itself.
    static const std::set<std::string> refused = {
        "AccessDenied",   "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch",
        "IncompleteBody", "MalformedTrailerError", "BadDigest"};
    EXPECT_FALSE(refused.contains(reply.code())) << call.method << " " << call.target << reply.body;
    EXPECT_LT(reply.status, 500) << call.method << " " << call.target << reply.body;
  }
}

TEST_P(AuthMatrix, BadIsRefusedAndChangesNothing) {
  const std::string before = state_of(west());
  for (Call call : one_call_per_operation(upload_id)) {
    call.signing = GetParam();
    HttpRequest request = sign(call);
    spoil_signature(request, call.signing);
    const Reply reply = send(west(), std::move(request));
    EXPECT_TRUE(reply.status == 400 || reply.status == 403)
        << call.method << " " << call.target << reply.status;
    // An unsigned trailer authenticates nothing, and CompleteMultipartUpload's checksums speak of the object.
    const bool completion = call.method == "POST" && call.target.find("uploadId") != std::string::npos;
    const bool its_own_refusal = completion && reply.code() == "InvalidPart";
    if (call.method != "HEAD" && !(its_own_refusal && GetParam() == Signing::unsigned_trailer)) {
      EXPECT_TRUE(refusals.contains(reply.code())) << call.target << reply.body;
    }
    EXPECT_EQ(state_of(west()), before) << call.method << " " << call.target;
  }
}

TEST_P(AuthMatrix, MissingIsRefusedAndChangesNothing) {
  const std::string before = state_of(west());
  for (Call call : one_call_per_operation(upload_id)) {
    call.signing = GetParam();
    HttpRequest request = sign(call);
    take_signature_away(request, call.signing);
    const Reply reply = send(west(), std::move(request));
    EXPECT_TRUE(reply.status == 400 || reply.status == 403)
        << call.method << " " << call.target << reply.status;
    if (call.method != "HEAD") EXPECT_TRUE(refusals.contains(reply.code())) << call.target << reply.body;
    EXPECT_EQ(state_of(west()), before) << call.method << " " << call.target;
  }
}

TEST_P(AuthMatrix, AnothersSecretIsRefused) {
  const std::string before = state_of(west());
  for (Call call : one_call_per_operation(upload_id)) {
    call.signing = GetParam();
    call.account.secret = bob.secret;
    const Reply reply = send(call);
    EXPECT_EQ(reply.status, 403) << call.target;
    if (call.method != "HEAD") EXPECT_EQ(reply.code(), "SignatureDoesNotMatch") << call.target;
    EXPECT_EQ(state_of(west()), before) << call.method << " " << call.target;
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, AuthMatrix, testing::ValuesIn(all_signings));

class FrontDoor : public RegionTest {};

TEST_F(FrontDoor, EveryOperationIsInTheMatrix) {
  create_bucket(west(), "matrix");
  std::set<std::string> called;
  for (const Call& call : one_call_per_operation("u")) {
    send(call);
    called.insert(access_log->records.back().operation);
  }
  for (const Route& route : routes()) EXPECT_TRUE(called.contains(std::string(route.name))) << route.name;
  for (const std::string name : {"CopyObject", "UploadPartCopy", "TagResource", "UntagResource",
                                 "ListTagsForResource", "CreateJob", "ListJobs", "DescribeJob"}) {
    EXPECT_TRUE(called.contains(name)) << name;
  }
}

TEST_F(FrontDoor, StrangersLearnNothing) {
  create_bucket(west(), "present");
  for (const std::string target : {"/present", "/absent", "/present/key", "/absent?acl", "/"}) {
    HttpRequest anonymous;
    anonymous.method = "GET";
    anonymous.target = target;
    anonymous.headers.add("Host", "localhost:9101");
    const Reply reply = send(west(), std::move(anonymous));
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reply.code(), "AccessDenied");
    EXPECT_EQ(reply.body.find("<BucketName>"), std::string::npos);
  }
}

TEST_F(FrontDoor, UnknownKeyUnknownModeWrongService) {
  Call call{"GET", "/"};
  call.account.access_key_id = "AKIDNOBODY";
  EXPECT_EQ(send(call).code(), "InvalidAccessKeyId");

  HttpRequest odd = sign({"PUT", "/b/k", "text"});
  odd.headers.set("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD");
  EXPECT_EQ(send(west(), std::move(odd)).code(), "InvalidArgument");

  EXPECT_EQ(send(west(), sign({"GET", "/"}, "us-west-2", "sts")).code(), "AuthorizationHeaderMalformed");
  EXPECT_EQ(send(west(), sign({"GET", "/"}, "us-west-2", "s3dr-replication")).code(),
            "AuthorizationHeaderMalformed");
}

TEST_F(FrontDoor, WrongRegionIsToldTheRightOne) {
  const Reply reply = send(west(), sign({"GET", "/"}, "eu-west-1"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "AuthorizationHeaderMalformed");
  EXPECT_EQ(reply.element("Region"), "us-west-2");
}

TEST_F(FrontDoor, OldRequestsAreRefused) {
  HttpRequest request = sign({"GET", "/"});
  clock.advance(milliseconds(15 * 60 * 1000 + 1000));
  const Reply reply = send(west(), std::move(request));
  EXPECT_EQ(reply.code(), "RequestTimeTooSkewed");
  EXPECT_FALSE(reply.element("ServerTime").empty());

  HttpRequest presigned = sign({.target = "/", .signing = Signing::query});
  clock.advance(milliseconds(61'000));
  EXPECT_EQ(send(west(), std::move(presigned)).element("Message"), "Request has expired");
}

// A request that is signed with `Date` instead of x-amz-date, as older clients do.
TEST_F(FrontDoor, EveryFormOfADateIsTaken) {
  // 2026-08-01T00:00:00Z is the fixture's time.
  const auto status_with = [&](const std::string& date) {
    HttpRequest request;
    request.method = "GET";
    request.target = "/";
    request.headers.add("Host", "localhost:9101");
    request.headers.add("Date", date);
    request.headers.add("x-amz-content-sha256", aws::sha256_hex(""));
    const std::string hash = aws::sha256_hex("");
    const std::string canonical = "GET\n/\n\ndate:" + date +
                                  "\nhost:localhost:9101\nx-amz-content-sha256:" + hash +
                                  "\n\ndate;host;x-amz-content-sha256\n" + hash;
    const std::string scope = "20260801/us-west-2/s3/aws4_request";
    const std::string to_sign =
        "AWS4-HMAC-SHA256\n20260801T000000Z\n" + scope + "\n" + aws::sha256_hex(canonical);
    const auto key = aws::derive_signing_key(Secret(alice.secret), "20260801", "us-west-2", "s3");
    request.headers.add("Authorization", "AWS4-HMAC-SHA256 Credential=" + alice.access_key_id + "/" + scope +
                                             ",SignedHeaders=date;host;x-amz-content-sha256,Signature=" +
                                             aws::signature_of(key, to_sign));
    return send(west(), std::move(request)).status;
  };
  for (const char* date :
       {"Sat, 01 Aug 2026 00:00:00 GMT", "Sat, 01 Aug 2026 00:00:00 -0000", "Sat, 01 Aug 2026 00:00:00 +0000",
        "Sat, 1 Aug 2026 02:30:00 +0230", "01 Aug 2026 00:00:00 UTC", "Saturday, 01-Aug-26 00:00:00 GMT",
        "Sat Aug 1 00:00:00 2026", "20260801T000000Z"})
    EXPECT_EQ(status_with(date), 200) << date;
  for (const char* date : {"Sat, 01 Aug 2026 00:00:00", "yesterday", "", "Sat, 41 Aug 2026 00:00:00 GMT",
                           "Sat, 01 Aug 2026 00:00:00 CEST", "Sat, 01 Aug 2026 00:00:00 +99999"})
    EXPECT_EQ(status_with(date), 403) << date;
}

TEST_F(FrontDoor, MismatchShowsWhatWasComputed) {
  HttpRequest request = sign({"GET", "/"});
  spoil_signature(request, Signing::header);
  const Reply reply = send(west(), std::move(request));
  EXPECT_NE(reply.element("StringToSign").find("AWS4-HMAC-SHA256"), std::string::npos);
  EXPECT_NE(reply.element("CanonicalRequest").find("host:localhost:9101"), std::string::npos);
}

TEST_F(FrontDoor, BodiesMustBeWhatWasSigned) {
  create_bucket(west(), "photos");
  HttpRequest request = sign({"PUT", "/photos/key", "as signed"});
  request.body = Body(std::string("as forged"));
  const Reply reply = send(west(), std::move(request));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "XAmzContentSHA256Mismatch");
  EXPECT_EQ(send({"GET", "/photos/key"}).code(), "NoSuchKey");
}

TEST_F(FrontDoor, UnsignedHeadersAreRefused) {
  HttpRequest request = sign({"PUT", "/photos"});
  request.headers.add("x-amz-acl", "public-read");
  const Reply reply = send(west(), std::move(request));
  EXPECT_EQ(reply.code(), "AccessDenied");
  EXPECT_EQ(reply.element("HeadersNotSigned"), "x-amz-acl");
}

TEST_F(FrontDoor, ChunkedUploadsLoseTheirTransportEncoding) {
  create_bucket(west(), "photos");
  for (const Signing signing : {Signing::signed_chunks, Signing::signed_trailer, Signing::unsigned_trailer}) {
    const Call call{.method = "PUT",
                    .target = "/photos/key",
                    .body = "hello",
                    .headers = {{"Content-Encoding", "gzip"}},
                    .signing = signing};
    EXPECT_EQ(send(call).status, 200);
    const Reply got = send({"GET", "/photos/key"});
    EXPECT_EQ(got.body, "hello");
    EXPECT_EQ(got.header("Content-Encoding"), "gzip");
  }
}

TEST_F(FrontDoor, LengthsAreMandatory) {
  create_bucket(west(), "photos");
  HttpRequest unknown = sign({"PUT", "/photos/key", "hello"});
  unknown.body = Body(text_reader("hello"), std::nullopt);
  EXPECT_EQ(send(west(), std::move(unknown)).code(), "MissingContentLength");
}

TEST_F(FrontDoor, AnswersCarryIds) {
  const Reply reply = send({"GET", "/absent"});
  EXPECT_EQ(reply.code(), "NoSuchBucket");
  EXPECT_EQ(reply.element("BucketName"), "absent");
  EXPECT_EQ(reply.element("Resource"), "/absent");
  EXPECT_EQ(reply.header("x-amz-request-id").size(), 16U);
  EXPECT_EQ(reply.element("RequestId"), reply.header("x-amz-request-id"));
  EXPECT_EQ(reply.element("HostId"), reply.header("x-amz-id-2"));
  EXPECT_EQ(reply.header("Date"), "Sat, 01 Aug 2026 00:00:00 GMT");
  EXPECT_NE(send({"GET", "/absent"}).header("x-amz-request-id"), reply.header("x-amz-request-id"));
}

TEST_F(FrontDoor, HeadErrorsHaveNoBody) {
  const Reply reply = send({"HEAD", "/absent"});
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body, "");
}

TEST_F(FrontDoor, AccountsCannotSeeEachOther) {
  create_bucket(west(), "alices");
  send({"PUT", "/alices/key", "private"});
  for (Call call : {Call{"GET", "/alices"}, Call{"GET", "/alices/key"}, Call{"PUT", "/alices/key", "x"},
                    Call{"DELETE", "/alices/key"}, Call{"DELETE", "/alices"}, Call{"GET", "/alices?tagging"},
                    Call{"PUT", "/alices?versioning", versioning_xml("Enabled")},
                    Call{"POST", "/alices?delete", "<Delete><Object><Key>key</Key></Object></Delete>"},
                    Call{"POST", "/alices/key?uploads"}, Call{"GET", "/alices?versions"}}) {
    const std::string before = state_of(west());
    call.account = bob;
    const Reply reply = send(call);
    EXPECT_EQ(reply.status, 403) << call.target;
    EXPECT_EQ(reply.code(), "AccessDenied") << call.target;
    EXPECT_EQ(state_of(west()), before);
  }
  EXPECT_EQ(send({.target = "/", .account = bob}).body.find("alices"), std::string::npos);
  // Copying needs the right to read as well.
  create_bucket(west(), "bobs", bob);
  const Reply copied = send({"PUT", "/bobs/stolen", "", {{"x-amz-copy-source", "/alices/key"}}, bob});
  EXPECT_EQ(copied.code(), "AccessDenied");
}

TEST_F(FrontDoor, ExpectedOwner) {
  create_bucket(west(), "alices");
  const auto with_owner = [&](std::string owner) {
    return send({"GET", "/alices?location", "", {{"x-amz-expected-bucket-owner", std::move(owner)}}});
  };
  EXPECT_EQ(with_owner(alice.id).status, 200);
  EXPECT_EQ(with_owner(bob.id).code(), "AccessDenied");
  EXPECT_EQ(with_owner("12").code(), "InvalidBucketOwnerAWSAccountID");
}

TEST_F(FrontDoor, AccessLogTellsAndKeepsSecrets) {
  create_bucket(west(), "photos");
  access_log->records.clear();
  send({.method = "PUT", .target = "/photos/a%00b", .body = "hello", .signing = Signing::unsigned_trailer});
  send({.target = "/photos", .account = bob});
  ASSERT_EQ(access_log->records.size(), 2U);
  const AccessRecord& put = access_log->records[0];
  EXPECT_EQ(put.operation, "PutObject");
  EXPECT_EQ(put.payload_mode, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  EXPECT_EQ(put.bytes_in, 5U);
  EXPECT_EQ(put.key, "a%00b");
  EXPECT_FALSE(is_read(put));
  EXPECT_EQ(access_log->records[1].error_code, "AccessDenied");
  EXPECT_EQ(access_log->records[1].account, bob.id);
  EXPECT_TRUE(is_read(access_log->records[1]));
  for (const AccessRecord& record : access_log->records) {
    const std::string line = to_json_line(record);
    EXPECT_EQ(line.find("canary"), std::string::npos);
    EXPECT_EQ(line.find("Signature"), std::string::npos);
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

TEST_F(FrontDoor, LargeHeadsAreRefused) {
  create_bucket(west(), "photos");
  const auto ask = [&](std::size_t bytes) {
    return send({"GET", "/photos?location", "", {{"x-amz-meta-a", std::string(bytes, 'a')}}});
  };
  EXPECT_EQ(ask(7'000).status, 200);
  EXPECT_EQ(ask(8'192).code(), "RequestHeaderSectionTooLarge");
}

TEST_F(FrontDoor, TheInternalDoorTakesNoUsersCredentials) {
  create_bucket(west(), "photos");
  for (const std::string service : {"s3", "s3dr-replication"}) {
    HttpRequest request = sign({"GET", "/_internal/bucket/photos"}, "us-west-2", service);
    const HttpResponse response = run(west().handle_internal(std::move(request)));
    EXPECT_GE(response.status, 400) << service;
  }
  HttpRequest anonymous;
  anonymous.method = "GET";
  anonymous.target = "/_internal/bucket/photos";
  anonymous.headers.add("Host", "localhost");
  EXPECT_EQ(run(west().handle_internal(std::move(anonymous))).status, 403);
}

}  // namespace
}  // namespace s3dr::cloud
