#include "cloud/process/router.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "cloud/door/request_path.h"

namespace s3dr::cloud {
namespace {

Request request(std::string method, std::string target, std::string host = "localhost:9101") {
  const RequestAddress address = parse_address(target, host, s3::Region::parse("us-west-2"));
  Request result;
  result.method = std::move(method);
  result.bucket_text = address.bucket;
  result.key = address.key;
  result.query = address.query;
  return result;
}

std::string name_of(const Request& asked) {
  try {
    return std::string(route_of(asked).name);
  } catch (const Error& error) {
    return error.code();
  }
}

TEST(Router, FindsOperations) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"GET", "/", "ListBuckets"},
      {"GET", "/?prefix=a&max-buckets=5&x-id=ListBuckets", "ListBuckets"},
      {"PUT", "/bucket", "CreateBucket"},
      {"PUT", "/bucket/", "CreateBucket"},
      {"HEAD", "/bucket", "HeadBucket"},
      {"DELETE", "/bucket", "DeleteBucket"},
      {"GET", "/bucket?location", "GetBucketLocation"},
      {"GET", "/bucket?location=", "GetBucketLocation"},
      {"PUT", "/bucket?versioning", "PutBucketVersioning"},
      {"GET", "/bucket?tagging", "GetBucketTagging"},
      {"DELETE", "/bucket?replication", "DeleteBucketReplication"},
      {"GET", "/bucket", "ListObjects"},
      {"GET", "/bucket?list-type=2&prefix=x", "ListObjectsV2"},
      {"GET", "/bucket?versions&key-marker=a", "ListObjectVersions"},
      {"GET", "/bucket?uploads", "ListMultipartUploads"},
      {"POST", "/bucket?delete", "DeleteObjects"},
      {"PUT", "/bucket/key", "PutObject"},
      {"PUT", "/bucket//", "PutObject"},
      {"GET", "/bucket/key?versionId=v&response-content-type=text/plain", "GetObject"},
      {"HEAD", "/bucket/key?partNumber=1", "HeadObject"},
      {"GET", "/bucket/key?attributes", "GetObjectAttributes"},
      {"PUT", "/bucket/key?tagging&versionId=v", "PutObjectTagging"},
      {"POST", "/bucket/key?uploads", "CreateMultipartUpload"},
      {"PUT", "/bucket/key?partNumber=1&uploadId=u", "UploadPart"},
      {"GET", "/bucket/key?uploadId=u&max-parts=3", "ListParts"},
      {"DELETE", "/bucket/key?uploadId=u", "AbortMultipartUpload"},
      {"POST", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Abucket", "TagResource"},
      {"DELETE", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Abucket?tagKeys=a&tagKeys=b", "UntagResource"},
      {"GET", "/v20180820/jobs?maxResults=5", "ListJobs"},
      {"POST", "/v20180820/jobs", "CreateJob"},
      {"GET", "/v20180820/jobs/some-id", "DescribeJob"},
  };
  for (const auto& [method, target, name] : cases) {
    EXPECT_EQ(name_of(request(method, target)), name) << method << " " << target;
  }
}

TEST(Router, CopiesAreToldByTheirHeader) {
  Request copy = request("PUT", "/bucket/key");
  copy.headers.add("x-amz-copy-source", "/a/b");
  EXPECT_EQ(name_of(copy), "CopyObject");
  Request part = request("PUT", "/bucket/key?partNumber=1&uploadId=u");
  part.headers.add("x-amz-copy-source", "/a/b");
  EXPECT_EQ(name_of(part), "UploadPartCopy");
}

TEST(Router, WhatIsNotThereAnswers501) {
  for (const std::string subresource : {"metadataTable"}) {
    for (const std::string method : {"GET", "PUT", "DELETE"}) {
      EXPECT_EQ(name_of(request(method, "/bucket?" + subresource)), "NotImplemented") << subresource;
    }
  }
  for (const std::string subresource :
       {"acl", "accelerate", "encryption", "requestPayment", "object-lock", "publicAccessBlock",
        "ownershipControls", "inventory", "policyStatus", "cors", "logging", "notification", "website",
        "metrics", "analytics", "intelligent-tiering", "abac"}) {
    EXPECT_EQ(name_of(request("GET", "/bucket/key?" + subresource)), "NotImplemented") << subresource;
  }
  // What S3 has no DELETE for, and no PUT.
  for (const std::string subresource : {"acl", "accelerate", "requestPayment", "object-lock", "policyStatus",
                                        "logging", "notification", "abac"}) {
    EXPECT_EQ(name_of(request("DELETE", "/bucket?" + subresource)), "MethodNotAllowed") << subresource;
  }
  for (const std::string subresource : {"acl", "retention", "legal-hold", "torrent", "restore", "select"}) {
    EXPECT_EQ(name_of(request("PUT", "/bucket/key?" + subresource)), "NotImplemented") << subresource;
  }
  EXPECT_EQ(name_of(request("PUT", "/bucket?policyStatus")), "MethodNotAllowed");
  EXPECT_EQ(name_of(request("POST", "/v20180820/jobs/id/status?requestedJobStatus=Cancelled")),
            "NotImplemented");
  EXPECT_EQ(name_of(request("PUT", "/v20180820/tags/x")), "NotImplemented");
}

TEST(Router, UnknownParametersAreNotPassedOver) {
  EXPECT_EQ(name_of(request("PUT", "/bucket/key?append=1")), "NotImplemented");
  EXPECT_EQ(name_of(request("DELETE", "/bucket?force=true")), "NotImplemented");
  EXPECT_EQ(name_of(request("PUT", "/bucket/key?versionId=v")), "NotImplemented");
  EXPECT_EQ(name_of(request("PUT", "/bucket/key?response-expires=x")), "NotImplemented");
}

// SDKs and people add them for the logs.
TEST(Router, ParametersThatBeginWithXArePassedOver) {
  EXPECT_EQ(name_of(request("PUT", "/bucket/key?x-id=PutObject&x-tenant=7")), "PutObject");
  EXPECT_EQ(name_of(request("GET", "/bucket?list-type=2&x-who=me&x-who=you")), "ListObjectsV2");
  EXPECT_EQ(name_of(request("PUT", "/bucket/key?x-amz-acl=public-read")), "NotImplemented");
}

TEST(Router, ContradictionsAreRefused) {
  EXPECT_EQ(name_of(request("GET", "/bucket?tagging&versioning")), "InvalidArgument");
  EXPECT_EQ(name_of(request("GET", "/bucket/key?versionId=a&versionId=b")), "InvalidArgument");
  EXPECT_EQ(name_of(request("GET", "/bucket?list-type=1")), "InvalidArgument");
}

TEST(Router, WrongMethods) {
  EXPECT_EQ(name_of(request("POST", "/bucket/key")), "MethodNotAllowed");
  EXPECT_EQ(name_of(request("PATCH", "/bucket/key")), "MethodNotAllowed");
  EXPECT_EQ(name_of(request("POST", "/bucket?versioning")), "MethodNotAllowed");
}

TEST(Router, WhatS3HasNotIsToldFromWhatThisCloudHasNot) {
  EXPECT_EQ(name_of(request("GET", "/bucket/key?versions")), "InvalidRequest");
  EXPECT_EQ(name_of(request("GET", "/bucket/key?uploads")), "InvalidRequest");
  EXPECT_EQ(name_of(request("PUT", "/bucket/key?partNumber=1")), "InvalidArgument");
  EXPECT_EQ(name_of(request("POST", "/bucket")), "NotImplemented") << "an upload by a form";
}

// The parameters are those of the request that a browser wants to send.
TEST(Router, PreflightRequests) {
  EXPECT_EQ(name_of(request("OPTIONS", "/bucket/key?uploadId=x&partNumber=1")), "OPTIONS");
  EXPECT_EQ(name_of(request("OPTIONS", "/bucket")), "OPTIONS");
  EXPECT_EQ(name_of(request("OPTIONS", "/")), "MethodNotAllowed");
}

TEST(RequestAddress, KeysStayAsTheyCame) {
  const auto key = [](std::string target) {
    return parse_address(target, "localhost", s3::Region::parse("us-west-2")).key.bytes();
  };
  EXPECT_EQ(key("/bucket//"), "/");
  EXPECT_EQ(key("/bucket/a/../b"), "a/../b");
  EXPECT_EQ(key("/bucket/%2E%2E%2Fx"), "../x");
  EXPECT_EQ(key("/bucket/a+b%20c%2B"), "a+b c+");
  EXPECT_EQ(key("/bucket/%00%FF"), std::string("\0\xFF", 2));
  EXPECT_EQ(key("/bucket/" + std::string(1024, 'k')).size(), 1024U);
  EXPECT_THROW(key("/bucket/" + std::string(1025, 'k')), Error);
  EXPECT_THROW(key("/bucket/%zz"), Error);
  EXPECT_THROW(key("//key"), Error);
}

TEST(RequestAddress, TheQueryIsReadAsItIsSigned) {
  const auto query = [](std::string target) {
    return parse_address(target, "localhost", s3::Region::parse("us-west-2")).query;
  };
  EXPECT_EQ(query("/bucket?versions&prefix=a+b%2B%20c"),
            (aws::QueryParameters{{"versions", ""}, {"prefix", "a+b+ c"}}));
  EXPECT_THROW(query("/bucket?prefix=%zz"), Error);
}

TEST(RequestAddress, HostsNameBuckets) {
  const auto bucket = [](std::string host, std::string target = "/key") {
    const auto address = parse_address(target, host, s3::Region::parse("us-west-2"));
    return address.bucket + "|" + address.key.bytes() + (address.control ? "|control" : "");
  };
  EXPECT_EQ(bucket("photos.localhost:9101"), "photos|key");
  EXPECT_EQ(bucket("photos.s3.us-west-2.localhost:9101"), "photos|key");
  EXPECT_EQ(bucket("a.b.localhost"), "a.b|key");
  EXPECT_EQ(bucket("s3.us-west-2.localhost:9101", "/photos/key"), "photos|key");
  EXPECT_EQ(bucket("127.0.0.1:9101", "/photos/key"), "photos|key");
  EXPECT_EQ(bucket("[::1]:9101", "/photos/key"), "photos|key");
  EXPECT_EQ(bucket("111122223333.localhost", "/v20180820/jobs"), "|v20180820/jobs|control");
  EXPECT_EQ(bucket("111122223333.s3-control.us-west-2.localhost", "/v20180820/jobs"),
            "|v20180820/jobs|control");
  EXPECT_EQ(bucket("photos.localhost", "/v20180820/jobs"), "photos|v20180820/jobs");
}

}  // namespace
}  // namespace s3dr::cloud
