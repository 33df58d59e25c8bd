#include "property/condition_key_cases.h"

#include "s3/xml_batch_job.h"
#include "s3/xml_bucket.h"

namespace s3dr::test {
namespace {

const std::string empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

KeyCase by_header(const std::string& key, const std::string& name, const std::string& value,
                  const std::string& other) {
  return {key, "s3:PutObject", Seen{{"PUT", "/ledger/new", {{name, value}}}, {value}},
          Seen{{"PUT", "/ledger/new", {{name, other}}}, {other}}, KeyRequest{"PUT", "/ledger/new"}};
}

// "x-amz-acl" is the key "s3:x-amz-acl".
KeyCase by_header(const std::string& name, const std::string& value, const std::string& other) {
  return by_header("s3:" + name, name, value, other);
}

KeyCase by_creation(const std::string& name, const std::string& value, const std::string& other) {
  return {"s3:" + name, "s3:CreateBucket", Seen{{"PUT", "/made-now", {{name, value}}}, {value}},
          Seen{{"PUT", "/made-now", {{name, other}}}, {other}}, KeyRequest{"PUT", "/made-now"}};
}

KeyCase by_query(const std::string& name, const std::string& value, const std::string& other) {
  return {"s3:" + name, "s3:ListBucket", Seen{{"GET", "/ledger?list-type=2&" + name + "=" + value}, {value}},
          Seen{{"GET", "/ledger?list-type=2&" + name + "=" + other}, {other}},
          KeyRequest{"GET", "/ledger?list-type=2"}};
}

KeyCase never(const std::string& key) {
  return {key, "s3:GetObject", std::nullopt, std::nullopt, KeyRequest{"GET", "/ledger/plain"}};
}

KeyRequest get(Sent sent, const std::string& tls_version = "", int age_seconds = 0) {
  return {"GET", "/ledger/plain", {}, "", sent, tls_version, age_seconds};
}

KeyRequest create_bucket(const std::string& location, const s3::TagSet& tags = {}) {
  return {"PUT", "/made-now", {}, s3::write_create_bucket_request({location, tags})};
}

KeyRequest tag_resource(const std::string& body_tags) {
  return {"POST",
          "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Abobs",
          {{"x-amz-account-id", "444455556666"}},
          "<TagResourceRequest><Tags>" + body_tags + "</Tags></TagResourceRequest>"};
}

std::string tag(const std::string& key, const std::string& value) {
  return "<Tag><Key>" + key + "</Key><Value>" + value + "</Value></Tag>";
}

KeyRequest create_job(std::int64_t priority) {
  s3::CreateReplicationJob job;
  job.account = s3::AccountId::parse("444455556666");
  job.client_request_token = "once";
  job.role_arn = "arn:aws:iam::444455556666:role/r";
  job.priority = priority;
  job.source_bucket = s3::BucketName::parse("bobs");
  return {
      "POST", "/v20180820/jobs", {{"x-amz-account-id", "444455556666"}}, s3::write_create_job_request(job)};
}

void add_tags(std::vector<KeyCase>& cases) {
  const std::string tagging = "<Tagging><TagSet>" + tag("class", "secret") + "</TagSet></Tagging>";
  const std::string open = "<Tagging><TagSet>" + tag("class", "open") + "</TagSet></Tagging>";
  const std::string others = "<Tagging><TagSet>" + tag("team", "x") + "</TagSet></Tagging>";
  const auto put_tags = [](const std::string& body) {
    return KeyRequest{"PUT", "/ledger/plain?tagging", {}, body};
  };
  const auto upload = [](const std::string& tags) {
    return KeyRequest{"PUT", "/ledger/new", {{"x-amz-tagging", tags}}};
  };
  for (const auto& [action, query] :
       {std::pair("s3:GetObject", ""), std::pair("s3:GetObjectTagging", "?tagging"),
        std::pair("s3:GetObjectVersion", "?versionId=null"),
        std::pair("s3:GetObjectAttributes", "?attributes")})
    cases.push_back({"s3:ExistingObjectTag/class", action,
                     Seen{{"GET", std::string("/ledger/secret") + query}, {"secret"}},
                     Seen{{"GET", std::string("/ledger/open") + query}, {"open"}},
                     KeyRequest{"GET", std::string("/ledger/plain") + query}});
  cases.push_back({"s3:ExistingObjectTag/class", "s3:PutObjectTagging",
                   Seen{{"PUT", "/ledger/secret?tagging", {}, others}, {"secret"}},
                   Seen{{"PUT", "/ledger/open?tagging", {}, others}, {"open"}}, put_tags(others)});
  cases.push_back({"s3:RequestObjectTag/class", "s3:PutObject",
                   Seen{upload("class=secret&team=x"), {"secret"}}, Seen{upload("class=open"), {"open"}},
                   upload("team=x")});
  cases.push_back({"s3:RequestObjectTag/class", "s3:PutObjectTagging", Seen{put_tags(tagging), {"secret"}},
                   Seen{put_tags(open), {"open"}}, put_tags(others)});
  cases.push_back({"s3:RequestObjectTag/class", "s3:PutObjectTagging",
                   Seen{upload("class=secret&team=x"), {"secret"}}, Seen{upload("class=open"), {"open"}},
                   upload("team=x")});
  cases.push_back({"s3:RequestObjectTagKeys", "s3:PutObject",
                   Seen{upload("class=a&team=b"), {"class", "team"}}, Seen{upload("other=a"), {"other"}},
                   KeyRequest{"PUT", "/ledger/new"}});
  cases.push_back({"s3:RequestObjectTagKeys", "s3:PutObjectTagging", Seen{put_tags(tagging), {"class"}},
                   Seen{put_tags(others), {"team"}}, std::nullopt});
  cases.push_back({"aws:RequestTag/team", "s3:TagResource", Seen{tag_resource(tag("team", "red")), {"red"}},
                   Seen{tag_resource(tag("team", "blue")), {"blue"}}, tag_resource(tag("class", "x"))});
  cases.push_back(
      {"aws:RequestTag/team", "s3:CreateBucket", Seen{create_bucket("us-west-2", {{"team", "red"}}), {"red"}},
       Seen{create_bucket("us-west-2", {{"team", "blue"}}), {"blue"}}, create_bucket("us-west-2")});
  cases.push_back({"aws:TagKeys", "s3:TagResource",
                   Seen{tag_resource(tag("team", "red") + tag("class", "x")), {"team", "class"}},
                   Seen{tag_resource(tag("other", "x")), {"other"}}, std::nullopt});
  cases.push_back({"aws:TagKeys", "s3:UntagResource",
                   Seen{{"DELETE",
                         "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Abobs?tagKeys=team&tagKeys=class",
                         {{"x-amz-account-id", "444455556666"}}},
                        {"team", "class"}},
                   std::nullopt, std::nullopt});
}

void add_how_it_was_sent(std::vector<KeyCase>& cases) {
  const KeyRequest by_header = get(Sent::signed_header), by_url = get(Sent::presigned),
                   by_nobody = get(Sent::unsigned_request);
  cases.push_back({"s3:authType", "s3:GetObject", Seen{by_header, {"REST-HEADER"}},
                   Seen{by_url, {"REST-QUERY-STRING"}}, by_nobody});
  cases.push_back({"s3:signatureversion", "s3:GetObject", Seen{by_header, {"AWS4-HMAC-SHA256"}},
                   Seen{by_url, {"AWS4-HMAC-SHA256"}}, by_nobody});
  cases.push_back({"s3:signatureAge", "s3:GetObject", Seen{get(Sent::presigned, "", 5), {"5000"}},
                   Seen{by_header, {"0"}}, by_nobody});
  cases.push_back({"s3:TlsVersion", "s3:GetObject", Seen{get(Sent::signed_header, "1.2"), {"1.2"}},
                   Seen{get(Sent::signed_header, "1.3"), {"1.3"}}, by_header});
  cases.push_back({"s3:x-amz-content-sha256", "s3:GetObject", Seen{by_url, {"UNSIGNED-PAYLOAD"}},
                   Seen{by_header, {empty_sha256}}, by_nobody});
  cases.push_back({"s3:ResourceAccount", "s3:GetObject", Seen{by_header, {"111122223333"}},
                   Seen{{"GET", "/bobs/plain"}, {"444455556666"}}, std::nullopt});
}

void add_uploads(std::vector<KeyCase>& cases) {
  const std::string grantee = "id=\"a\"", other_grantee = "id=\"b\"";
  for (const char* name : {"x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
                           "x-amz-grant-write", "x-amz-grant-write-acp"})
    cases.push_back(by_header(name, grantee, other_grantee));
  cases.push_back(by_header("x-amz-acl", "private", "public-read"));
  cases.push_back(by_header("x-amz-metadata-directive", "COPY", "REPLACE"));
  cases.push_back(by_header("x-amz-object-annotation-directive", "COPY", "EXCLUDE"));
  cases.push_back(by_header("x-amz-server-side-encryption", "AES256", "aws:kms"));
  cases.push_back(by_header("x-amz-server-side-encryption-aws-kms-key-id",
                            "arn:aws:kms:us-west-2:111122223333:key/a",
                            "arn:aws:kms:us-west-2:111122223333:key/b"));
  cases.push_back(by_header("x-amz-server-side-encryption-customer-algorithm", "AES256", "AES128"));
  cases.push_back(by_header("x-amz-storage-class", "STANDARD", "GLACIER"));
  cases.push_back(by_header("x-amz-website-redirect-location", "/a", "/b"));
  cases.push_back(by_header("s3:if-match", "if-match", "\"a\"", "\"b\""));
  cases.push_back(by_header("s3:if-none-match", "if-none-match", "*", "\"b\""));
  cases.push_back(by_header("s3:object-lock-mode", "x-amz-object-lock-mode", "GOVERNANCE", "COMPLIANCE"));
  cases.push_back(by_header("s3:object-lock-legal-hold", "x-amz-object-lock-legal-hold", "ON", "OFF"));
  const std::string until = "x-amz-object-lock-retain-until-date";
  cases.push_back(
      by_header("s3:object-lock-retain-until-date", until, "2031-01-01T00:00:00Z", "2032-01-01T00:00:00Z"));
  // ConditionKeyTest's clock begins at 2026-08-01T00:00:00Z.
  cases.push_back({"s3:object-lock-remaining-retention-days", "s3:PutObject",
                   Seen{{"PUT", "/ledger/new", {{until, "2026-08-02T12:00:00Z"}}}, {"2"}},
                   Seen{{"PUT", "/ledger/new", {{until, "2026-08-11T12:00:00Z"}}}, {"11"}},
                   KeyRequest{"PUT", "/ledger/new"}});
  const auto copy = [](const std::string& source) {
    return KeyRequest{"PUT", "/ledger/new", {{"x-amz-copy-source", source}}};
  };
  cases.push_back({"s3:x-amz-copy-source", "s3:PutObject",
                   Seen{copy("/photos/a%20b?versionId=v"), {"photos/a b"}},
                   Seen{copy("%6Cedger/open"), {"ledger/open"}}, KeyRequest{"PUT", "/ledger/new"}});
  cases.push_back({"s3:ObjectCreationOperation", "s3:PutObject", Seen{{"PUT", "/ledger/new"}, {"true"}},
                   Seen{{"PUT", "/ledger/new?partNumber=1&uploadId=u"}, {"false"}}, std::nullopt});
  cases.push_back({"s3:ObjectCreationOperation", "s3:PutObject",
                   Seen{{"POST", "/ledger/new?uploadId=u"}, {"true"}},
                   Seen{{"POST", "/ledger/new?uploads"}, {"false"}}, std::nullopt});
}

}  // namespace

std::vector<KeyCase> condition_key_cases() {
  std::vector<KeyCase> cases;
  add_tags(cases);
  add_how_it_was_sent(cases);
  add_uploads(cases);
  cases.push_back(by_query("prefix", "records", "other"));
  cases.push_back(by_query("delimiter", "-", "."));
  cases.push_back(by_query("max-keys", "100", "7"));
  cases.push_back({"s3:versionid", "s3:GetObjectVersion",
                   Seen{{"GET", "/ledger/plain?versionId=aaa"}, {"aaa"}},
                   Seen{{"GET", "/ledger/plain?versionId=bbb"}, {"bbb"}}, std::nullopt});
  cases.push_back({"s3:locationconstraint", "s3:CreateBucket",
                   Seen{create_bucket("us-west-2"), {"us-west-2"}},
                   Seen{create_bucket("eu-west-1"), {"eu-west-1"}}, KeyRequest{"PUT", "/made-now"}});
  cases.push_back(by_creation("x-amz-bucket-namespace", "account-regional", "global"));
  cases.push_back(by_creation("x-amz-object-ownership", "BucketOwnerEnforced", "ObjectWriter"));
  for (const char* key : {"s3:BucketTag/team", "aws:ResourceTag/team"})
    cases.push_back({key, "s3:ListBucket", Seen{{"GET", "/red-team"}, {"red"}},
                     Seen{{"GET", "/blue-team"}, {"blue"}}, KeyRequest{"GET", "/ledger"}});
  const auto inventory = [](const std::string& fields) {
    return KeyRequest{
        "PUT",
        "/ledger?inventory&id=a",
        {},
        "<InventoryConfiguration><OptionalFields>" + fields + "</OptionalFields></InventoryConfiguration>"};
  };
  cases.push_back({"s3:InventoryAccessibleOptionalFields", "s3:PutInventoryConfiguration",
                   Seen{inventory("<Field>Size</Field><Field>ETag</Field>"), {"Size", "ETag"}},
                   Seen{inventory("<Field>ObjectOwner</Field>"), {"ObjectOwner"}}, inventory("")});
  cases.push_back({"s3:RequestJobOperation", "s3:CreateJob", Seen{create_job(7), {"S3ReplicateObject"}},
                   std::nullopt, std::nullopt});
  cases.push_back({"s3:RequestJobPriority", "s3:CreateJob", Seen{create_job(7), {"7"}},
                   Seen{create_job(100), {"100"}}, std::nullopt});
  for (const char* key : {"s3:AccessGrantScope",
                          "s3:AccessGrantsInstanceArn",
                          "s3:AccessGrantsLocationScope",
                          "s3:AccessPointNetworkOrigin",
                          "s3:AccessPointTag/team",
                          "s3:DataAccessPointAccount",
                          "s3:DataAccessPointArn",
                          "s3:ExistingJobOperation",
                          "s3:ExistingJobPriority",
                          "s3:JobSuspendedCause",
                          "s3:annotation-prefix",
                          "s3:deliverySourceArn",
                          "s3:destinationRegion",
                          "s3:isReplicationPauseRequest",
                          "s3:logType",
                          "s3:max-annotation-results",
                          "s3:object-lock-event-hold",
                          "s3:object-lock-event-hold-duration-days",
                          "s3:resourceArnBeingAuthorized",
                          "s3:x-amz-object-if-match"})
    cases.push_back(never(key));
  return cases;
}

}  // namespace s3dr::test
