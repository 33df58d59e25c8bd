#include "cloud/process/start_repair.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/owner_id.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

std::string constraint(const std::string& location, const std::string& tags = "") {
  return "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>" +
         location + "</LocationConstraint>" + tags + "</CreateBucketConfiguration>";
}

class BucketOperations : public RegionTest {
 protected:
  BucketOwner owner(const std::string& region = "us-west-2", const Account& account = alice) {
    return {s3::Region::parse(region), s3::AccountId::parse(account.id)};
  }
  static s3::BucketName name(const std::string& text) { return s3::BucketName::parse(text); }
  bool has_row(const std::string& bucket) {
    return find_bucket(west().context().database.reader(), bucket).has_value();
  }
};

TEST_F(BucketOperations, CreateHeadDelete) {
  const Reply created = send({"PUT", "/photos", constraint("us-west-2")});
  EXPECT_EQ(created.status, 200);
  EXPECT_EQ(created.header("Location"), "/photos");
  const Reply head = send({"HEAD", "/photos"});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("x-amz-bucket-region"), "us-west-2");
  EXPECT_EQ(head.header("x-amz-bucket-arn"), "arn:aws:s3:::photos");
  EXPECT_EQ(send({"GET", "/photos?location"}).body.find("us-west-2") == std::string::npos, false);
  EXPECT_EQ(global.find_bucket(name("photos")), owner());
  EXPECT_EQ(send({"DELETE", "/photos"}).status, 204);
  EXPECT_EQ(send({"HEAD", "/photos"}).status, 404);
  EXPECT_EQ(global.find_bucket(name("photos")), std::nullopt);
}

TEST_F(BucketOperations, LocationRules) {
  EXPECT_EQ(send({"PUT", "/photos"}).code(), "IllegalLocationConstraintException");
  EXPECT_EQ(send({"PUT", "/photos", constraint("us-east-2")}).code(), "IllegalLocationConstraintException");
  start("us-east-1");
  Region& first = *regions.at("us-east-1");
  EXPECT_EQ(send(first, {"PUT", "/photos", constraint("us-east-1")}).code(), "InvalidLocationConstraint");
  EXPECT_EQ(send(first, {"PUT", "/photos", constraint("us-west-2")}).code(),
            "IllegalLocationConstraintException");
  EXPECT_EQ(send(first, Call{"PUT", "/photos"}).status, 200);
  // Only there is creating it again no error.
  EXPECT_EQ(send(first, Call{"PUT", "/photos"}).status, 200);
  EXPECT_NE(send(first, Call{"GET", "/photos?location"}).body.find("<LocationConstraint"), std::string::npos);
}

TEST_F(BucketOperations, CreatingAgain) {
  create_bucket(west(), "photos");
  const std::string before = state_of(west());
  EXPECT_EQ(send({"PUT", "/photos", constraint("us-west-2")}).code(), "BucketAlreadyOwnedByYou");
  EXPECT_EQ(send({"PUT", "/photos", constraint("us-west-2"), {}, bob}).code(), "BucketAlreadyExists");
  EXPECT_EQ(send(east(), {"PUT", "/photos", constraint("us-east-2")}).code(), "BucketAlreadyOwnedByYou");
  EXPECT_EQ(send(east(), {"PUT", "/photos", constraint("us-east-2"), {}, bob}).code(), "BucketAlreadyExists");
  EXPECT_EQ(state_of(west()), before);
  EXPECT_EQ(state_of(east()), "");
}

TEST_F(BucketOperations, TagsAtCreation) {
  const std::string tags = "<Tags><Tag><Key>dr</Key><Value>true</Value></Tag></Tags>";
  EXPECT_EQ(send({"PUT", "/photos", constraint("us-west-2", tags)}).status, 200);
  EXPECT_NE(send({"GET", "/photos?tagging"}).body.find("<Key>dr</Key><Value>true</Value>"),
            std::string::npos);
  const std::string reserved = "<Tags><Tag><Key>aws:x</Key><Value>1</Value></Tag></Tags>";
  EXPECT_EQ(send({"PUT", "/others", constraint("us-west-2", reserved)}).code(), "InvalidTag");
  EXPECT_EQ(global.find_bucket(name("others")), std::nullopt);
}

TEST_F(BucketOperations, TheAccessOfANewBucketIsWhatItsHeadersSay) {
  const auto create = [&](const std::string& name, const Headers& headers) {
    return send({"PUT", "/" + name, constraint("us-west-2"), headers});
  };
  const std::string owner = owner_id(s3::AccountId::parse(alice.id));
  const Header lists = {"x-amz-object-ownership", "ObjectWriter"}, open = {"x-amz-acl", "public-read"};
  EXPECT_EQ(create("photos", {open}).code(), "InvalidBucketAclWithObjectOwnership");
  EXPECT_EQ(create("photos", {{"x-amz-grant-read", "id=" + owner_id(s3::AccountId::parse(bob.id))}}).code(),
            "InvalidBucketAclWithObjectOwnership");
  EXPECT_EQ(create("photos", {lists, open}).code(), "InvalidBucketAclWithBlockPublicAccessError");
  EXPECT_EQ(create("photos", {{"x-amz-object-ownership", "Nobody"}}).code(), "InvalidArgument");
  EXPECT_EQ(create("photos", {{"x-amz-acl", "nonsense"}}).code(), "InvalidArgument");
  EXPECT_EQ(create("photos", {lists, open, {"x-amz-grant-read", "id=" + owner}}).code(), "InvalidRequest");
  EXPECT_EQ(create("photos", {lists, {"x-amz-acl", "aws-exec-read"}}).status, 501);
  EXPECT_EQ(create("photos", {{"x-amz-bucket-object-lock-enabled", "perhaps"}}).code(), "InvalidArgument");
  EXPECT_FALSE(has_row("photos"));
  EXPECT_EQ(create("photos", {{"x-amz-acl", "private"}}).status, 200);
  EXPECT_EQ(send({"GET", "/photos?ownershipControls"}).element("ObjectOwnership"), "BucketOwnerEnforced");
  EXPECT_EQ(send({"GET", "/photos?publicAccessBlock"}).element("RestrictPublicBuckets"), "true");
  EXPECT_EQ(send({"GET", "/photos?object-lock"}).code(), "ObjectLockConfigurationNotFoundError");
  EXPECT_EQ(create("logs", {lists, {"x-amz-acl", "log-delivery-write"}}).status, 200);
  EXPECT_EQ(send({"GET", "/logs?ownershipControls"}).element("ObjectOwnership"), "ObjectWriter");
  EXPECT_NE(send({"GET", "/logs?acl"}).body.find("LogDelivery"), std::string::npos);
}

TEST_F(BucketOperations, ABucketWithALockIsVersionedFromTheStart) {
  ASSERT_EQ(
      send({"PUT", "/vault", constraint("us-west-2"), {{"x-amz-bucket-object-lock-enabled", "True"}}}).status,
      200);
  EXPECT_EQ(send({"GET", "/vault?versioning"}).element("Status"), "Enabled");
  EXPECT_EQ(send({"GET", "/vault?object-lock"}).element("ObjectLockEnabled"), "Enabled");
  EXPECT_EQ(send({"PUT", "/vault?versioning", versioning_xml("Suspended")}).code(), "InvalidBucketState");
}

TEST_F(BucketOperations, BadNames) {
  for (const std::string bad :
       {"ab", "Upper", "with_underscore", "192.168.0.1", "xn--name", "a..b", "name-s3alias"}) {
    EXPECT_EQ(send({"PUT", "/" + bad, constraint("us-west-2")}).code(), "InvalidBucketName") << bad;
  }
}

TEST_F(BucketOperations, AccountRegionalNamesAreOfOneAccountAndRegion) {
  const std::string mine = "photos-" + std::string(alice.id) + "-us-west-2-an";
  const auto put = [&](const std::string& bucket, const std::string& name_space,
                       const Account& account = alice) {
    Headers headers;
    if (!name_space.empty()) headers.add("x-amz-bucket-namespace", name_space);
    const Reply reply = send({"PUT", "/" + bucket, constraint("us-west-2"), headers, account});
    return reply.status == 200 ? std::string("made") : reply.code();
  };
  EXPECT_EQ(put(mine, ""), "MissingNamespaceHeader");
  EXPECT_EQ(put(mine, "global"), "InvalidNamespaceHeader");
  EXPECT_EQ(put(mine, "account-regional", bob), "InvalidBucketNamespace");
  EXPECT_EQ(put("photos-" + std::string(alice.id) + "-us-east-2-an", "account-regional"),
            "InvalidBucketNamespace");
  EXPECT_EQ(put("photos", "account-regional"), "InvalidNamespaceHeader");
  EXPECT_EQ(put("Photos" + mine.substr(6), "account-regional"), "InvalidBucketName");
  EXPECT_EQ(put(mine, "regional"), "InvalidArgument");
  EXPECT_FALSE(has_row(mine));
  EXPECT_EQ(put(mine, "account-regional"), "made");
  EXPECT_EQ(send({"HEAD", "/" + mine}).status, 200);
}

// From before S3 changed its rules: nobody can make such a bucket any more, but there are some.
TEST_F(BucketOperations, BucketsWithOldNamesAreServed) {
  const std::string old = "My_Legacy_Bucket";
  run(west().context().database.write([&](Connection& db) {
    db.prepare("INSERT INTO bucket (name, account, created_ms, tags) VALUES (?, ?, 0, '')")
        .bind(old, std::string(alice.id))
        .run();
  }));
  EXPECT_EQ(send({"HEAD", "/" + old}).status, 200);
  EXPECT_NE(send({"GET", "/"}).body.find("<Name>" + old + "</Name>"), std::string::npos);
  enable_versioning(west(), old);
  EXPECT_EQ(send({"PUT", "/" + old + "/key", "text"}).status, 200);
  EXPECT_EQ(send({"GET", "/" + old + "/key"}).body, "text");
  EXPECT_EQ(send({"PUT", "/" + old, constraint("us-west-2")}).code(), "InvalidBucketName");
}

TEST_F(BucketOperations, OnlyEmptyBucketsAreDeleted) {
  create_bucket(west(), "photos");
  enable_versioning(west(), "photos");
  send({"PUT", "/photos/key", "text"});
  EXPECT_EQ(send({"DELETE", "/photos"}).code(), "BucketNotEmpty");
  const std::string version = send({"HEAD", "/photos/key"}).header("x-amz-version-id");
  send({"DELETE", "/photos/key"});  // leaves a marker on top
  EXPECT_EQ(send({"DELETE", "/photos/key?versionId=" + version}).status, 204);
  EXPECT_EQ(send({"DELETE", "/photos"}).code(), "BucketNotEmpty");
  EXPECT_TRUE(has_row("photos"));
}

// As on S3: they keep no bucket, and end with it.
TEST_F(BucketOperations, UnfinishedUploadsEndWithTheBucket) {
  create_bucket(west(), "photos");
  const std::string upload = send({"POST", "/photos/key?uploads"}).element("UploadId");
  const std::string part = "/photos/key?partNumber=1&uploadId=" + upload;
  EXPECT_EQ(send({"PUT", part, "the part"}).status, 200);
  EXPECT_EQ(west().context().bodies.list().size(), 1U);
  EXPECT_EQ(send({"DELETE", "/photos"}).status, 204);
  EXPECT_EQ(west().context().bodies.list().size(), 0U);
  EXPECT_EQ(state_of(west()), "");
  create_bucket(west(), "photos");
  EXPECT_EQ(send({"PUT", part, "the part"}).code(), "NoSuchUpload");
}

TEST_F(BucketOperations, OtherRegionsAreNamed) {
  create_bucket(east(), "photos");
  const Reply head = send({"HEAD", "/photos"});
  EXPECT_EQ(head.status, 301);
  EXPECT_EQ(head.header("x-amz-bucket-region"), "us-east-2");
  const Reply got = send({"GET", "/photos/key"});
  EXPECT_EQ(got.code(), "PermanentRedirect");
  EXPECT_EQ(got.element("Region"), "us-east-2");
}

TEST_F(BucketOperations, Listing) {
  for (const char* bucket : {"alpha", "beta", "beta-two", "gamma"}) create_bucket(west(), bucket);
  create_bucket(west(), "bobs", bob);
  const Reply all = send({"GET", "/"});
  EXPECT_NE(all.body.find("<Name>alpha</Name>"), std::string::npos);
  EXPECT_NE(all.body.find("<Name>gamma</Name>"), std::string::npos);
  EXPECT_EQ(all.body.find("bobs"), std::string::npos);
  EXPECT_EQ(all.body.find("BucketRegion"), std::string::npos);

  const Reply first = send({"GET", "/?max-buckets=2&prefix=beta"});
  EXPECT_NE(first.body.find("beta-two"), std::string::npos);
  EXPECT_NE(first.body.find("<BucketRegion>us-west-2</BucketRegion>"), std::string::npos);
  EXPECT_EQ(first.element("ContinuationToken"), "");

  std::string token;
  std::string names;
  for (int page = 0; page < 4; ++page) {
    const Reply reply =
        send({"GET", "/?max-buckets=1" + (token.empty() ? "" : "&continuation-token=" + uri_encode(token))});
    names += reply.element("Name") + " ";
    token = reply.element("ContinuationToken");
  }
  EXPECT_EQ(names, "alpha beta beta-two gamma ");
  EXPECT_EQ(token, "");
  EXPECT_EQ(send({"GET", "/?max-buckets=0"}).code(), "InvalidArgument");
  EXPECT_EQ(send({"GET", "/?continuation-token=%21"}).code(), "InvalidArgument");
}

TEST_F(BucketOperations, ListingOfAllRegions) {
  for (const char* bucket : {"alpha", "gamma", "gamma-two"}) create_bucket(west(), bucket);
  for (const char* bucket : {"beta", "gamma-one", "zeta"}) create_bucket(east(), bucket);
  ASSERT_EQ(send(east(), {"PUT", "/bobs", constraint("us-east-2"), {}, bob}).status, 200);
  const auto names = [&](Region& at, const std::string& parameters) {
    std::string found, token;
    do {
      const Reply page =
          send(at, Call{"GET", "/?max-buckets=1" + parameters +
                                   (token.empty() ? "" : "&continuation-token=" + uri_encode(token))});
      EXPECT_EQ(page.status, 200);
      found += page.element("Name") + ":" + page.element("BucketRegion") + " ";
      token = page.element("ContinuationToken");
    } while (!token.empty());
    return found;
  };
  const std::string all =
      "alpha:us-west-2 beta:us-east-2 gamma:us-west-2 gamma-one:us-east-2 gamma-two:us-west-2 "
      "zeta:us-east-2 ";
  EXPECT_EQ(names(west(), ""), all);
  EXPECT_EQ(names(east(), ""), all);
  EXPECT_EQ(names(west(), "&prefix=gamma-"), "gamma-one:us-east-2 gamma-two:us-west-2 ");
  EXPECT_EQ(names(east(), "&bucket-region=us-east-2"), "beta:us-east-2 gamma-one:us-east-2 zeta:us-east-2 ");
  EXPECT_EQ(send({"GET", "/?bucket-region=us-east-2"}).code(), "InvalidArgument");
  start("us-east-1");
  EXPECT_EQ(names(*regions.at("us-east-1"), "&bucket-region=us-east-2"),
            "beta:us-east-2 gamma-one:us-east-2 zeta:us-east-2 ");
  // The same time from both, and nothing of what is deleted.
  const auto created = [&](Region& at) {
    return send(at, Call{"GET", "/?prefix=zeta"}).element("CreationDate");
  };
  EXPECT_EQ(created(west()), created(east()));
  EXPECT_NE(created(west()), "");
  ASSERT_EQ(send(east(), Call{"DELETE", "/zeta"}).status, 204);
  EXPECT_EQ(names(west(), "&prefix=zeta"), ": ");
  // Also of a region that is gone.
  regions.at("us-east-2").reset();
  EXPECT_EQ(names(west(), "&prefix=beta"), "beta:us-east-2 ");
}

// A crash between claim and row, and between the row's end and the release.
TEST_F(BucketOperations, AnUnfinishedCreationIsCompleted) {
  ASSERT_TRUE(global.claim_bucket(name("photos"), owner(), {}));
  EXPECT_EQ(send({"HEAD", "/photos"}).status, 404);
  create_bucket(west(), "photos");
  const auto created = [&](Region& at) { return send(at, Call{"GET", "/"}).element("CreationDate"); };
  EXPECT_EQ(created(east()), created(west())) << "the time of the bucket, not of the claim";
  EXPECT_TRUE(has_row("photos"));
  EXPECT_EQ(global.find_bucket(name("photos")), owner());
}

TEST_F(BucketOperations, AnUnfinishedCreationOfAnotherAccountIsReleased) {
  ASSERT_TRUE(global.claim_bucket(name("photos"), owner("us-west-2", bob), {}));
  create_bucket(west(), "photos");
  EXPECT_EQ(global.find_bucket(name("photos")), owner());
}

TEST_F(BucketOperations, StartReleasesUnfinishedNames) {
  ASSERT_TRUE(global.claim_bucket(name("photos"), owner(), {}));
  ASSERT_TRUE(global.claim_bucket(name("of-the-other-region"), owner("us-east-2"), {}));
  create_bucket(west(), "kept");
  EXPECT_EQ(send(east(), {"PUT", "/photos", constraint("us-east-2")}).code(), "BucketAlreadyOwnedByYou");
  start("us-west-2");
  EXPECT_EQ(global.find_bucket(name("photos")), std::nullopt);
  EXPECT_EQ(global.find_bucket(name("of-the-other-region")), owner("us-east-2"));
  EXPECT_EQ(global.find_bucket(name("kept")), owner());
  create_bucket(east(), "photos");
}

TEST_F(BucketOperations, StartReclaimsLostNamesAndSweepsBodies) {
  create_bucket(west(), "photos");
  send({"PUT", "/photos/key", "text"});
  global.release_bucket(name("photos"), owner());
  auto writer = west().context().bodies.create();
  const std::string text = "never committed";
  run(writer->write(text));
  const std::string id = run(writer->finish());
  EXPECT_EQ(west().context().bodies.list().size(), 2U);
  start("us-west-2");
  EXPECT_EQ(global.find_bucket(name("photos")), owner());
  EXPECT_EQ(west().context().bodies.list().size(), 1U);
  EXPECT_EQ(send({"GET", "/photos/key"}).body, "text");
}

TEST_F(BucketOperations, OneCreationAtATime) {
  // Both are under way before either has committed.
  std::vector<int> statuses;
  const auto put = [this](const Account& account) {
    return west().handle(sign({"PUT", "/photos", constraint("us-west-2"), {}, account}));
  };
  auto collect = [](Task<HttpResponse> task, std::vector<int>* into) -> Task<> {
    const HttpResponse response = co_await std::move(task);
    into->push_back(response.status);
  };
  test::Outcome first, second;
  test::start(io, collect(put(alice), &statuses), first);
  test::start(io, collect(put(bob), &statuses), second);
  test::settle(io);
  ASSERT_EQ(statuses.size(), 2U);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200), 1);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 409), 1);
  const auto row = find_bucket(west().context().database.reader(), "photos");
  ASSERT_TRUE(row);
  EXPECT_EQ(global.find_bucket(name("photos"))->account, row->account);
}

}  // namespace
}  // namespace s3dr::cloud
