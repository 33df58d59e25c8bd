// Which host answers for a region, for a bucket and for S3 Control. The configuration says so (`endpoints:
// {region: url}`, or S3DR_ENDPOINTS for the functions). A region that it does not name uses AWS's own host.
// The clients ask here for every request, also after a redirect. No other host ever gets a request. Pure.
#pragma once

#include <map>
#include <optional>
#include <span>
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

// How a bucket is named to a store that is not AWS: in the path, or in front of the host.
enum class Addressing { path, virtual_host };
// "path" or "virtual"; raises invalid for anything else.
Addressing parse_addressing(std::string_view text);
std::string_view to_string(Addressing addressing);

class EndpointMap {
 public:
  EndpointMap() = default;  // AWS's own hosts everywhere

  // Reads a JSON object {"us-west-2": "http://127.0.0.1:9101"} or "us-west-2=http://…,us-east-2=http://…". In
  // JSON a value may also be {"url": "http://…", "addressing": "virtual"}. Empty text: AWS. Raises invalid with
  // advice: not understood, a region twice, a url that Endpoint::parse refuses.
  static EndpointMap parse(std::string_view text);
  // What parse() reads, of these regions; empty when AWS's own hosts answer for all of them.
  std::string to_json(std::span<const s3::Region> regions) const;

  // Path style, until set_addressing() says otherwise.
  void set(const s3::Region& region, Endpoint endpoint);
  // Raises invalid: no endpoint is configured for the region, or no name can stand in front of its host (an
  // IP address).
  void set_addressing(const s3::Region& region, Addressing addressing);
  Addressing addressing(const s3::Region& region) const;  // of AWS's own hosts: virtual_host
  bool empty() const { return custom_.empty(); }
  // The configured endpoint; nullopt: AWS's own hosts answer for the region.
  std::optional<Endpoint> custom(const s3::Region& region) const;

  // Where requests for `bucket` go (an empty one: ListBuckets). Virtual-host style on AWS and where it is
  // configured. A name that is no host label stays in the path: one with dots, because a wildcard certificate
  // covers one label only, or with the upper-case letters and underscores of old us-east-1 buckets.
  Address bucket_address(const s3::Region& region, const s3::BucketName& bucket) const;
  // S3 Control: the same host at a custom endpoint, {account}.s3-control.{region} on AWS. Raises invalid for
  // AWS with an empty `account`.
  Address control_address(const s3::Region& region, const s3::AccountId& account) const;
  // May a client of `from` follow an answer that names `to`? Always to a configured endpoint. To AWS's hosts
  // only from AWS's hosts, so that a private store cannot send our requests to the outside.
  bool may_redirect(const s3::Region& from, const s3::Region& to) const;

 private:
  struct Custom {
    Endpoint endpoint;
    Addressing addressing = Addressing::path;
  };
  std::map<s3::Region, Custom> custom_;
};

// "amazonaws.com", "amazonaws.com.cn" for cn-*, "amazonaws.eu" for eusc-*.
std::string_view partition_suffix(const s3::Region& region);

}  // namespace s3dr::client
