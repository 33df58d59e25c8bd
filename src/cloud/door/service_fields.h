// The fields of a service's request, whichever protocol it speaks, as far as they name resources. Part of
// cloud/door/service_access.h.
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
  // Never raises: a body that is neither form nor JSON has no fields.
  explicit ServiceFields(const ServiceRequest& request);

  std::string_view operation() const { return operation_; }
  // A top-level text; "" where it is missing.
  std::string text(std::string_view name) const;
  // A list of texts: "AlarmNames" of JSON, "AlarmNames.member.1" of a form. Of a form every entry, however it
  // is numbered: what a service would skip is none the less asked about.
  std::vector<std::string> texts(const std::string& name) const;
  // That text in every object of a list: PutEvents' Entries.
  std::vector<std::string> texts_in(std::string_view list, std::string_view name) const;
  bool has(std::string_view name) const;  // with something in it; of forms also "Tags.member.1.Key"

 private:
  std::string operation_;
  boost::json::object json_;
  std::map<std::string, std::string> form_;
};

}  // namespace s3dr::cloud
