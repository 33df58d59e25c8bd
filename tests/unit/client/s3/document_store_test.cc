#include "client/s3/document_store.h"

#include "unit/client/client_fixture.h"

namespace s3dr::client {
namespace {

class DocumentStoreTest : public ClientTest {
 protected:
  std::unique_ptr<ports::DocumentStore> store(S3ClientOptions options = default_options()) {
    return make_document_store(client(std::move(options)), account, bucket);
  }
  static Headers etag(const char* value) { return {{"ETag", value}}; }
};

TEST_F(DocumentStoreTest, ReadsTextAndEtag) {
  auto documents = store();
  // A document is any text, even one that looks like an error.
  transport.answer(200, "<Error><Code>x</Code></Error>", etag("\"e1\""));
  const auto document = run(documents->read("protections/a.json"));
  EXPECT_EQ(document->text, "<Error><Code>x</Code></Error>");
  EXPECT_EQ(document->etag, "\"e1\"");
  EXPECT_EQ(transport.last().target, "/protections/a.json");
  EXPECT_EQ(transport.last().header("x-amz-expected-bucket-owner"), "111122223333");
}

TEST_F(DocumentStoreTest, AbsentIsOnlyNoSuchKey) {
  auto documents = store();
  transport.answer(404, error_xml("NoSuchKey"));
  EXPECT_FALSE(run(documents->read("a")));
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(documents->read("a")).kind(), ErrorKind::not_found);
  transport.answer(404, "");
  EXPECT_EQ(error_of(documents->read("a")).kind(), ErrorKind::not_found);
  transport.answer(200, "text");  // nothing to compare and swap by
  EXPECT_EQ(error_of(documents->read("a")).kind(), ErrorKind::corrupt);
}

TEST_F(DocumentStoreTest, WritesUnderAPrecondition) {
  auto documents = store();
  transport.answer(200, "", etag("\"e2\""));
  EXPECT_EQ(run(documents->write("a", "new", "\"e1\"")), "\"e2\"");
  EXPECT_EQ(transport.last().header("If-Match"), "\"e1\"");
  EXPECT_EQ(transport.last().header("If-None-Match"), "(absent)");
  transport.answer(200, "", etag("\"e1\""));
  EXPECT_EQ(run(documents->write("a", "new", std::nullopt)), "\"e1\"");
  EXPECT_EQ(transport.last().header("If-None-Match"), "*");
  EXPECT_EQ(transport.last().header("If-Match"), "(absent)");
  EXPECT_EQ(transport.last().body, "new");
}

TEST_F(DocumentStoreTest, ALostRaceIsNullopt) {
  auto documents = store();
  transport.answer(412, error_xml("PreconditionFailed"));
  EXPECT_FALSE(run(documents->write("a", "new", "\"e1\"")));
  transport.answer(404, error_xml("NoSuchKey"));  // the document is gone
  EXPECT_FALSE(run(documents->write("a", "new", "\"e1\"")));
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(documents->write("a", "new", "\"e1\"")).code(), "NoSuchBucket");
  transport.answer(403, error_xml("AccessDenied"));
  EXPECT_EQ(error_of(documents->write("a", "new", "\"e1\"")).kind(), ErrorKind::denied);
  EXPECT_EQ(transport.count(), 4u);  // none of them was repeated
}

TEST_F(DocumentStoreTest, ALostAnswerIsNotALostRace) {
  auto documents = store();
  // It had landed.
  transport.fail(ErrorKind::outcome_unknown).answer(200, "new", etag("\"e2\""));
  EXPECT_EQ(run(documents->write("a", "new", "\"e1\"")), "\"e2\"");
  // It had not: the same conditional write again.
  transport.fail(ErrorKind::outcome_unknown)
      .answer(200, "old", etag("\"e1\""))
      .answer(200, "", etag("\"e2\""));
  EXPECT_EQ(run(documents->write("a", "new", "\"e1\"")), "\"e2\"");
  EXPECT_EQ(transport.last().header("If-Match"), "\"e1\"");
  // It landed late, so that the repeat is refused.
  transport.answer(500, error_xml("InternalError"))
      .answer(404, error_xml("NoSuchKey"))
      .answer(412, error_xml("PreconditionFailed"))
      .answer(200, "new", etag("\"e1\""));
  EXPECT_EQ(run(documents->write("a", "new", std::nullopt)), "\"e1\"");
  // Somebody else's write stands there.
  transport.fail(ErrorKind::outcome_unknown).answer(200, "theirs", etag("\"e9\""));
  EXPECT_FALSE(run(documents->write("a", "new", "\"e1\"")));
}

TEST_F(DocumentStoreTest, AConflictIsLookedAtAgain) {
  auto documents = store();
  transport.answer(409, error_xml("ConditionalRequestConflict"))
      .answer(200, "old", etag("\"e1\""))
      .answer(200, "", etag("\"e2\""));
  EXPECT_EQ(run(documents->write("a", "new", "\"e1\"")), "\"e2\"");
  transport.answer(409, error_xml("ConditionalRequestConflict")).answer(200, "theirs", etag("\"e3\""));
  EXPECT_FALSE(run(documents->write("a", "new", "\"e1\"")));
}

TEST_F(DocumentStoreTest, WhatCannotBeToldIsUnknown) {
  S3ClientOptions options = default_options();
  options.retry.attempts_max = 2;
  auto documents = store(options);
  transport.fail(ErrorKind::outcome_unknown).answer(403, error_xml("AccessDenied"));
  EXPECT_EQ(error_of(documents->write("a", "new", "\"e1\"")).kind(), ErrorKind::outcome_unknown);
  transport.fail(ErrorKind::outcome_unknown)
      .answer(200, "old", etag("\"e1\""))
      .fail(ErrorKind::outcome_unknown)
      .answer(200, "old", etag("\"e1\""));
  EXPECT_EQ(error_of(documents->write("a", "new", "\"e1\"")).kind(), ErrorKind::outcome_unknown);
  // The store cannot be reached at the repeat: the first attempt may still land.
  transport.fail(ErrorKind::outcome_unknown)
      .answer(200, "old", etag("\"e1\""))
      .fail(ErrorKind::unavailable)
      .fail(ErrorKind::unavailable);
  EXPECT_EQ(error_of(documents->write("a", "new", "\"e1\"")).kind(), ErrorKind::outcome_unknown);
}

TEST_F(DocumentStoreTest, ListsKeysAndRefusesAListingThatStandsStill) {
  auto documents = store();
  const std::string page =
      "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>t1</NextContinuationToken><Contents><Key>p/a%20b</Key>"
      "<LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>\"x\"</ETag><Size>1</Size></Contents>"
      "</ListBucketResult>";
  transport.answer(200, page);
  const auto first = run(documents->list("p/", ""));
  EXPECT_EQ(first.keys, std::vector<std::string>{"p/a b"});
  EXPECT_EQ(first.continuation_token, "t1");
  EXPECT_EQ(transport.last().target, "/?list-type=2&encoding-type=url&prefix=p%2F");
  transport.answer(200, page);
  EXPECT_EQ(error_of(documents->list("p/", "t1")).kind(), ErrorKind::corrupt);
  transport.answer(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(error_of(documents->list("p/", "")).kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace s3dr::client
