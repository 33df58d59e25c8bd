#include "s3/xml_from_json.h"

#include <gtest/gtest.h>

namespace s3dr::s3 {
namespace {

std::optional<std::string> converted(std::string_view json) {
  return xml_from_json("R", boost::json::parse(json));
}

TEST(XmlFromJson, members_become_elements_and_arrays_repeated_ones) {
  EXPECT_EQ(converted(R"({"xmlns":"http://x/","A":"1 < 2","B":["x",{"C":""},7],"D":null,"E":true,"F":{}})"),
            "<R><A>1 &lt; 2</A><B>x</B><B><C></C></B><B>7</B><D></D><E>true</E><F></F></R>");
  EXPECT_EQ(converted("{}"), "<R></R>");
}

TEST(XmlFromJson, what_is_no_document_is_refused) {
  for (const char* json : {R"("text")", "[]", "null", "7", R"({"a b":"1"})", R"({"":"1"})", R"({"<":"1"})",
                           R"({"A":[["nested"]]})", R"({"1A":""})", R"({"A":{"B>":""}})"})
    EXPECT_EQ(converted(json), std::nullopt) << json;
}

}  // namespace
}  // namespace s3dr::s3
