// Two buckets in one region, "plain" without and "kept" with versions, and the requests on their objects.
#pragma once

#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {

class Objects : public RegionTest {
 protected:
  Objects() {
    create_bucket(west(), "plain");
    create_bucket(west(), "kept");
    enable_versioning(west(), "kept");
  }
  Reply put(const std::string& target, const std::string& body, Headers headers = {}) {
    return send({"PUT", target, body, std::move(headers)});
  }
  Reply get(const std::string& target, Headers headers = {}) {
    return send({"GET", target, "", std::move(headers)});
  }
  Reply head(const std::string& target, Headers headers = {}) {
    return send({"HEAD", target, "", std::move(headers)});
  }
  std::size_t bodies() { return storages.at("us-west-2")->bodies().list().size(); }
};

}  // namespace s3dr::cloud
