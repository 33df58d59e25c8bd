// Lifecycle rules in the normal form of the declaration.
#include "deploy/resources/lifecycle.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

const char* const answer = R"(<?xml version="1.0" encoding="UTF-8"?>
<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Rule>
    <ID>ours</ID><Filter><Prefix>records/</Prefix></Filter><Status>Enabled</Status>
    <NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays></NoncurrentVersionExpiration>
  </Rule>
  <Rule>
    <ID>theirs</ID><Filter/><Status>Disabled</Status>
    <Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition>
    <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>
    <Newer><Than>us</Than></Newer>
  </Rule>
  <Rule>
    <ID>tagged</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>
    <Filter><And><Prefix></Prefix><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></And></Filter>
  </Rule>
</LifecycleConfiguration>)";

json::object expected() {
  return json::parse(R"({
    "ours": {"Filter": {"Prefix": "records/"}, "Status": "Enabled",
             "NoncurrentVersionExpiration": {"NoncurrentDays": 90}},
    "theirs": {"Filter": {}, "Status": "Disabled", "Transition": [{"Days": 30, "StorageClass": "GLACIER"}],
               "Expiration": {"ExpiredObjectDeleteMarker": true}, "Newer": {"Than": "us"}},
    "tagged": {"Status": "Enabled", "Expiration": {"Days": 1},
               "Filter": {"And": {"Prefix": "", "Tag": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}}}
  })")
      .as_object();
}

TEST(LifecycleDocument, RulesAreFieldsUnderTheirIds) {
  EXPECT_EQ(lifecycle_of_xml(answer), expected());
}

TEST(LifecycleDocument, WhatIsWrittenIsReadAgain) {
  EXPECT_EQ(lifecycle_of_xml(lifecycle_xml(expected())), expected());
  EXPECT_EQ(lifecycle_of_xml(lifecycle_xml({})), json::object());
}

TEST(LifecycleDocument, BothFormsOfAPrefixAreTheSame) {
  const auto rules = [](const std::string& scope) {
    return lifecycle_of_xml("<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status>" + scope +
                            "<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>");
  };
  EXPECT_EQ(rules("<Prefix>a/</Prefix>"), rules("<Filter><Prefix>a/</Prefix></Filter>"));
}

TEST(LifecycleDocument, AnotherDocumentIsRefused) {
  EXPECT_THROW(lifecycle_of_xml("<Error/>"), Error);
}

}  // namespace
}  // namespace s3dr::deploy
