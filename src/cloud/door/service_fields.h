// Reads the fields that name resources from a service's request, in any of the services' protocols.
// Part of cloud/door/service_access.h.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/door/service.h"

namespace s3dr::cloud {

class ServiceFields {
 public:
  // Never raises. A body that is neither a form nor JSON has no fields.
  explicit ServiceFields(const ServiceRequest& request);

  std::string_view operation() const { return operation_; }
  // A top-level text; "": missing.
  std::string text(std::string_view name) const;
  // A list of texts: "AlarmNames" in JSON, "AlarmNames.member.1" in a form. In a form every entry counts,
  // whatever its number: rights are checked even for an entry that the service would skip.
  std::vector<std::string> texts(const std::string& name) const;
  // The text `name` of every object in a list, such as PutEvents' Entries.
  std::vector<std::string> texts_in(std::string_view list, std::string_view name) const;
  bool has(std::string_view name) const;  // there and not empty; in forms also "Tags.member.1.Key"

 private:
  std::string operation_;
  boost::json::object json_;
  std::map<std::string, std::string> form_;
};

}  // namespace s3dr::cloud
