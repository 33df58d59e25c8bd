// A request for each operation of the router: for tests of what holds for all of them.
#pragma once

#include <string>
#include <vector>

#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {

inline Call setting_call(const std::string& query, const std::string& root, const std::string& inside) {
  return {"PUT", "/matrix?" + query, "<" + root + ">" + inside + "</" + root + ">"};
}

// A request for each operation of the router, against the bucket "matrix" with the object "key".
inline std::vector<Call> one_call_per_operation(const std::string& upload_id) {
  const std::string lifecycle =
      "<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</"
      "Status>"
      "<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>";
  const std::string tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
  const std::string rule =
      "<ReplicationConfiguration><Role>arn:aws:iam::111122223333:role/r</Role><Rule><Status>Enabled</Status>"
      "<Prefix></Prefix><Destination><Bucket>arn:aws:s3:::none</Bucket></Destination></Rule>"
      "</ReplicationConfiguration>";
  const Headers control = {{"x-amz-account-id", alice.id}};
  const std::string arn = "arn%3Aaws%3As3%3A%3A%3Amatrix";
  const std::string part = "?partNumber=1&uploadId=" + upload_id;
  return {
      {"GET", "/"},
      {"PUT", "/other-bucket",
       "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint></"
       "CreateBucketConfiguration>"},
      {"HEAD", "/matrix"},
      {"DELETE", "/matrix"},
      {"GET", "/matrix?location"},
      {"GET", "/matrix?versioning"},
      {"PUT", "/matrix?versioning",
       "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"},
      {"GET", "/matrix?tagging"},
      {"PUT", "/matrix?tagging", tagging},
      {"DELETE", "/matrix?tagging"},
      {"GET", "/matrix?lifecycle"},
      {"PUT", "/matrix?lifecycle", lifecycle},
      {"DELETE", "/matrix?lifecycle"},
      {"GET", "/matrix?replication"},
      {"PUT", "/matrix?replication", rule},
      {"DELETE", "/matrix?replication"},
      {"GET", "/matrix?acl"},
      {"GET", "/matrix?policyStatus"},
      {"GET", "/matrix?abac"},
      {"GET", "/matrix?analytics"},
      {"GET", "/matrix?cors"},
      {"GET", "/matrix?intelligent-tiering"},
      {"GET", "/matrix?logging"},
      {"GET", "/matrix?metrics"},
      {"GET", "/matrix?notification"},
      {"GET", "/matrix?website"},
      {"GET", "/matrix?ownershipControls"},
      {"GET", "/matrix?requestPayment"},
      {"GET", "/matrix?accelerate"},
      {"GET", "/matrix?publicAccessBlock"},
      {"GET", "/matrix?encryption"},
      {"GET", "/matrix?object-lock"},
      {"GET", "/matrix?inventory"},
      {"PUT", "/matrix?acl", "", {{"x-amz-acl", "bucket-owner-full-control"}}},
      setting_call("abac", "AbacStatus", "<Status>Disabled</Status>"),
      setting_call("accelerate", "AccelerateConfiguration", "<Status>Suspended</Status>"),
      setting_call("analytics&id=a", "AnalyticsConfiguration", "<Id>a</Id><StorageClassAnalysis/>"),
      {"DELETE", "/matrix?analytics&id=a"},
      setting_call("cors", "CORSConfiguration",
                   "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>"),
      {"DELETE", "/matrix?cors"},
      setting_call("encryption", "ServerSideEncryptionConfiguration", "<Rule/>"),
      {"DELETE", "/matrix?encryption"},
      setting_call(
          "intelligent-tiering&id=a", "IntelligentTieringConfiguration",
          "<Id>a</Id><Status>Enabled</Status><Tiering><Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier>"
          "</Tiering>"),
      {"DELETE", "/matrix?intelligent-tiering&id=a"},
      setting_call(
          "inventory&id=a", "InventoryConfiguration",
          "<Destination><S3BucketDestination><Bucket>arn:aws:s3:::matrix</Bucket><Format>CSV</Format>"
          "</S3BucketDestination></Destination><IsEnabled>true</IsEnabled><Id>a</Id><IncludedObjectVersions>"
          "All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule>"),
      {"DELETE", "/matrix?inventory&id=a"},
      setting_call("logging", "BucketLoggingStatus", ""),
      setting_call("metrics&id=a", "MetricsConfiguration", "<Id>a</Id>"),
      {"DELETE", "/matrix?metrics&id=a"},
      setting_call("notification", "NotificationConfiguration", "<EventBridgeConfiguration/>"),
      setting_call("object-lock", "ObjectLockConfiguration",
                   "<ObjectLockEnabled>Enabled</ObjectLockEnabled>"),
      setting_call("ownershipControls", "OwnershipControls",
                   "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"),
      {"DELETE", "/matrix?ownershipControls"},
      setting_call("publicAccessBlock", "PublicAccessBlockConfiguration", ""),
      {"DELETE", "/matrix?publicAccessBlock"},
      setting_call("requestPayment", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"),
      setting_call("website", "WebsiteConfiguration", "<IndexDocument><Suffix>i</Suffix></IndexDocument>"),
      {"DELETE", "/matrix?website"},
      {"GET", "/matrix?policy"},
      {"PUT", "/matrix?policy",
       R"({"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:None","Resource":"arn:aws:s3:::matrix"}})"},
      {"DELETE", "/matrix?policy"},
      {"GET", "/matrix"},
      {"GET", "/matrix?list-type=2"},
      {"GET", "/matrix?versions"},
      {"GET", "/matrix?uploads"},
      {"POST", "/matrix?delete", "<Delete><Object><Key>key</Key></Object></Delete>"},
      {"PUT", "/matrix/new", "some bytes"},
      {"PUT", "/matrix/copied", "", {{"x-amz-copy-source", "/matrix/key"}}},
      {"GET", "/matrix/key"},
      {"HEAD", "/matrix/key"},
      {"DELETE", "/matrix/key"},
      {"GET", "/matrix/key?attributes", "", {{"x-amz-object-attributes", "ETag"}}},
      {"GET", "/matrix/key?tagging"},
      {"PUT", "/matrix/key?tagging", tagging},
      {"DELETE", "/matrix/key?tagging"},
      {"POST", "/matrix/key?uploads"},
      {"PUT", "/matrix/key" + part, "part"},
      {"PUT", "/matrix/key" + part, "", {{"x-amz-copy-source", "/matrix/key"}}},
      {"GET", "/matrix/key?uploadId=" + upload_id},
      {"POST", "/matrix/key?uploadId=" + upload_id,
       "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></"
       "CompleteMultipartUpload>"},
      {"DELETE", "/matrix/key?uploadId=" + upload_id},
      {"POST", "/v20180820/tags/" + arn,
       "<TagResourceRequest><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></TagResourceRequest>",
       control},
      {"DELETE", "/v20180820/tags/" + arn + "?tagKeys=dr", "", control},
      {"GET", "/v20180820/tags/" + arn, "", control},
      {"POST", "/v20180820/jobs", "<CreateJobRequest/>", control},
      {"GET", "/v20180820/jobs", "", control},
      {"GET", "/v20180820/jobs/none", "", control},
  };
}

}  // namespace s3dr::cloud
