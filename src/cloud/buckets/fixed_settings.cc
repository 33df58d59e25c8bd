// Settings of a bucket that cannot be changed here (a PUT is answered 501). A GET answers what is true here:
// - ACLs are disabled; the owner pays and has every right
// - no block of public access, no encryption, no lock, no inventory, no transfer acceleration
// AWS's defaults differ in two of them: AWS encrypts every new bucket and blocks public access to it. This
// cloud does neither, so it does not claim it.
#include "aws/xml.h"
#include "cloud/buckets/operations.h"
#include "cloud/door/answer.h"
#include "cloud/door/owner_id.h"
#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {
namespace {

HttpResponse document(std::string_view root, std::string_view inside) {
  return xml_answer("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + std::string(root) + " xmlns=\"" +
                    std::string(aws::xml::s3_namespace) + "\">" + std::string(inside) + "</" +
                    std::string(root) + ">");
}

}  // namespace

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

Task<HttpResponse> get_bucket_ownership_controls(RegionContext& region, Request& request) {
  require_bucket(region, request);
  co_return document("OwnershipControls",
                     "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>");
}

Task<HttpResponse> get_bucket_request_payment(RegionContext& region, Request& request) {
  require_bucket(region, request);
  co_return document("RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>");
}

Task<HttpResponse> get_bucket_accelerate_configuration(RegionContext& region, Request& request) {
  require_bucket(region, request);
  co_return document("AccelerateConfiguration", "");  // never set
}

Task<HttpResponse> get_public_access_block(RegionContext& region, Request& request) {
  require_bucket(region, request);
  throw refuse("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found");
}

Task<HttpResponse> get_bucket_encryption(RegionContext& region, Request& request) {
  require_bucket(region, request);
  throw refuse("ServerSideEncryptionConfigurationNotFoundError",
               "The server side encryption configuration was not found");
}

Task<HttpResponse> get_object_lock_configuration(RegionContext& region, Request& request) {
  require_bucket(region, request);
  throw refuse("ObjectLockConfigurationNotFoundError",
               "Object Lock configuration does not exist for this bucket");
}

Task<HttpResponse> list_bucket_inventory(RegionContext& region, Request& request) {
  require_bucket(region, request);
  if (request.find("id") != nullptr)
    throw refuse("NoSuchConfiguration", "The specified configuration does not exist.");
  co_return document("ListInventoryConfigurationsResult", "<IsTruncated>false</IsTruncated>");
}

}  // namespace s3dr::cloud
