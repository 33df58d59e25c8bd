// A bucket's lifecycle rules in the normal form of the declaration: {"rule id": {the rule's elements}}, named
// and nested as in S3's XML. So a rule of somebody else is one field of the bucket, and shown whole.
// Which rules our buckets have: deploy/declare/declare_buckets.cc.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace s3dr::deploy {

// From S3's answer. Elements that we do not know are kept. Raises MalformedXML.
boost::json::object lifecycle_of_xml(std::string_view xml);
// The document that sets exactly these rules.
std::string lifecycle_xml(const boost::json::object& rules);

}  // namespace s3dr::deploy
