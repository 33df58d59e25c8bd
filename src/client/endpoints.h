// Which host answers for a region, a bucket and S3 Control. From the configuration (`endpoints: {region:
// url}`, or S3DR_ENDPOINTS for the functions); a region that is not named there is AWS's own. Used by the S3
// client for every request, also after a redirect: no other host ever gets one. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "s3/names.h"

namespace s3dr::client {

// Where a request goes and what its path begins with: "/bucket" in path style, "" in virtual-host style.
struct Address {
  Endpoint endpoint;
  std::string path;
  bool operator==(const Address&) const = default;
};

class EndpointMap {
 public:
  EndpointMap() = default;  // AWS's own hosts everywhere

  // A JSON object {"us-west-2": "http://127.0.0.1:9101"} or "us-west-2=http://…,us-east-2=http://…"; empty
  // text: AWS. Raises invalid with advice: not understood, a region twice, a url that Endpoint::parse
  // refuses.
  static EndpointMap parse(std::string_view text);

  void set(const s3::Region& region, Endpoint endpoint);
  bool empty() const { return custom_.empty(); }
  // The configured endpoint; nullopt: AWS's own hosts answer for the region.
  std::optional<Endpoint> custom(const s3::Region& region) const;

  // Where requests for `bucket` go (an empty one: ListBuckets). Path style at a custom endpoint and for names
  // with dots (a wildcard certificate covers one label), virtual-host style otherwise.
  Address bucket_address(const s3::Region& region, const s3::BucketName& bucket) const;
  // S3 Control: the same host at a custom endpoint, {account}.s3-control.{region} on AWS. Raises invalid when
  // AWS is meant and `account` is empty.
  Address control_address(const s3::Region& region, const s3::AccountId& account) const;
  // May a client of `from` follow an answer that names `to`? To a configured endpoint always; to AWS's hosts
  // only from AWS's hosts, so that a private store cannot send our requests to the outside.
  bool may_redirect(const s3::Region& from, const s3::Region& to) const;

 private:
  std::map<s3::Region, Endpoint> custom_;
};

// "amazonaws.com", "amazonaws.com.cn" for cn-*, "amazonaws.eu" for eusc-*.
std::string_view partition_suffix(const s3::Region& region);

}  // namespace s3dr::client
