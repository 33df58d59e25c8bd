// Settings of a bucket that cannot be changed here (a PUT is answered 501). A GET answers as S3 does for a
// bucket whose owner never set them: one row each in the table below. Two answers need more than a row: the
// ACL, and whether the policy is public.
// The block of public access is the one that differs from a new bucket on AWS, which blocks all of it. This cloud
// blocks nothing, so it answers as S3 does once the block was removed.
#include <algorithm>

#include "aws/policy/policy.h"
#include "aws/xml.h"
#include "base/encoding.h"
#include "base/http_message.h"
#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/door/owner_id.h"
#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {
namespace {

struct Setting {
  std::string_view subresource;
  std::string_view root;  // of the document; empty: there is none, and the code says so
  std::string_view inside = "";
  std::string_view code = "";
  std::string_view message = "";
};

constexpr std::string_view end_of_list = "<IsTruncated>false</IsTruncated>";
constexpr std::string_view no_configuration = "The specified configuration does not exist.";

// Sources: the page of each operation in the S3 API reference.
constexpr Setting settings[] = {
    {"abac", "AbacStatus", "<Status>Disabled</Status>"},
    {"accelerate", "AccelerateConfiguration"},
    {"analytics", "ListBucketAnalyticsConfigurationResult", end_of_list, "NoSuchConfiguration",
     no_configuration},
    {"cors", "", "", "NoSuchCORSConfiguration", "The CORS configuration does not exist"},
    {"encryption", "ServerSideEncryptionConfiguration",
     "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
     "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"},
    {"intelligent-tiering", "ListBucketIntelligentTieringConfigurationsOutput", end_of_list,
     "NoSuchConfiguration", no_configuration},
    {"inventory", "ListInventoryConfigurationsResult", end_of_list, "NoSuchConfiguration", no_configuration},
    {"logging", "BucketLoggingStatus"},
    {"metrics", "ListMetricsConfigurationsResult", end_of_list, "NoSuchConfiguration", no_configuration},
    {"notification", "NotificationConfiguration"},
    {"object-lock", "", "", "ObjectLockConfigurationNotFoundError",
     "Object Lock configuration does not exist for this bucket"},
    {"ownershipControls", "OwnershipControls",
     "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"},
    {"publicAccessBlock", "", "", "NoSuchPublicAccessBlockConfiguration",
     "The public access block configuration was not found"},
    {"requestPayment", "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"},
    {"website", "", "", "NoSuchWebsiteConfiguration",
     "The specified bucket does not have a website configuration"},
};

HttpResponse document(std::string_view root, std::string_view inside) {
  return xml_answer("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + std::string(root) + " xmlns=\"" +
                    std::string(aws::xml::s3_namespace) + "\">" + std::string(inside) + "</" +
                    std::string(root) + ">");
}

// Keys that make a statement for everybody not public, if their values are fixed (S3 User Guide, The meaning of
// "public").
constexpr std::string_view narrowing_keys[] = {"aws:principalorgid",
                                               "aws:principalorgpaths",
                                               "aws:sourceaccount",
                                               "aws:sourcearn",
                                               "aws:sourceip",
                                               "aws:sourceowner",
                                               "aws:sourcevpc",
                                               "aws:sourcevpce",
                                               "aws:userid",
                                               "aws:principalarn",
                                               "aws:principalaccount",
                                               "s3:dataaccesspointarn",
                                               "s3:dataaccesspointaccount"};

bool narrows(const aws::Condition& condition) {
  const bool known = std::ranges::find(narrowing_keys, lower_case(condition.key)) != std::end(narrowing_keys);
  if (!known || condition.op.negated || condition.op.if_exists) return false;
  return std::ranges::none_of(condition.values, [](const std::string& value) {
    return value.find_first_of("*?$") != std::string::npos || value.ends_with("/0");
  });
}

bool is_public(const aws::PolicyStatement& statement) {
  if (statement.effect != aws::Effect::allow) return false;
  const bool for_everybody =
      statement.not_principals || (statement.principals && statement.principals->anyone);
  return for_everybody && std::ranges::none_of(statement.conditions, narrows);
}

}  // namespace

Task<HttpResponse> get_fixed_setting(RegionContext& region, Request& request) {
  require_bucket(region, request);
  for (const Setting& setting : settings) {
    if (request.find(setting.subresource) == nullptr) continue;
    // Of a setting with an error and a document, the document is the list, and the error is for one by its id.
    const bool by_id = !setting.code.empty() && request.find("id") != nullptr;
    if (setting.root.empty() || by_id) throw refuse(std::string(setting.code), std::string(setting.message));
    co_return document(setting.root, setting.inside);
  }
  throw refuse("NotImplemented", "This setting is not implemented.");
}

Task<HttpResponse> get_bucket_acl(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  const std::string id = "<ID>" + owner_id(bucket.account) + "</ID>";
  co_return document("AccessControlPolicy",
                     "<Owner>" + id +
                         "</Owner><AccessControlList><Grant><Grantee "
                         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                         "xsi:type=\"CanonicalUser\">" +
                         id + "</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>");
}

Task<HttpResponse> get_bucket_policy_status(RegionContext& region, Request& request) {
  const BucketRow bucket = require_bucket(region, request);
  auto row = region.database.reader().prepare("SELECT document FROM bucket_policy WHERE bucket = ?");
  row.bind(bucket.id);
  if (!row.step()) throw refuse("NoSuchBucketPolicy", "The bucket policy does not exist");
  const aws::Policy policy = aws::parse_policy(row.text(0), aws::PolicyUse::resource);
  const bool open = std::ranges::any_of(policy.statements, is_public);
  co_return document("PolicyStatus", open ? "<IsPublic>true</IsPublic>" : "<IsPublic>false</IsPublic>");
}

}  // namespace s3dr::cloud
