// Documents that are refused, each by its place.
#include <gtest/gtest.h>

#include "aws/policy/policy.h"
#include "base/error.h"

namespace s3dr::aws {
namespace {

std::string statement(const std::string& inside) {
  return R"({"Version":"2012-10-17","Statement":{)" + inside + "}}";
}

struct RefusedRow {
  PolicyUse use;
  std::string text;
  std::string place;  // a part of the message
};

TEST(Policy, MalformedDocumentsNameThePlace) {
  const std::string fine = R"("Effect":"Allow","Action":"s3:*","Resource":"*")";
  const RefusedRow rows[] = {
      {PolicyUse::identity, "", "not valid JSON"},
      {PolicyUse::identity, "[]", "JSON object"},
      {PolicyUse::identity, "{}", "Statement"},
      {PolicyUse::identity, R"({"Statement":[]})", "Statement"},
      {PolicyUse::identity, R"({"Version":"2020-01-01","Statement":{)" + fine + "}}", "Version"},
      {PolicyUse::identity, R"({"Extra":1,"Statement":{)" + fine + "}}", "Extra"},
      {PolicyUse::identity, R"({"Statement":[{)" + fine + R"(},7]})", "Statement[1]"},
      {PolicyUse::identity, statement(R"("Action":"s3:*","Resource":"*")"), "Effect"},
      {PolicyUse::identity, statement(R"("Effect":"allow","Action":"s3:*","Resource":"*")"), "Effect"},
      {PolicyUse::identity, statement(R"("Effect":"Allow","Resource":"*")"), "Action"},
      {PolicyUse::identity, statement(R"("Effect":"Allow","Action":[],"Resource":"*")"), "Action"},
      {PolicyUse::identity, statement(R"("Effect":"Allow","Action":"GetObject","Resource":"*")"), "vendor"},
      {PolicyUse::identity, statement(R"("Effect":"Allow","Action":"s3:Get Object","Resource":"*")"),
       "Action"},
      {PolicyUse::identity, statement(R"("Effect":"Allow","Action":"s3:*")"), "Resource"},
      {PolicyUse::identity, statement(R"("Effect":"Allow","Action":"s3:*","Resource":"bucket")"),
       "ARN format"},
      {PolicyUse::identity, statement(R"("Effect":"Allow","Action":"s3:*","Resource":[])"), "Resource"},
      {PolicyUse::identity, statement(R"("NotAction":"s3:*",)" + fine), "NotAction"},
      {PolicyUse::identity, statement(R"("Principal":"*",)" + fine), "Principal"},
      {PolicyUse::identity, statement(R"("Extra":"*",)" + fine), "Statement.Extra"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":[])"), "Condition"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"StringIs":{"aws:x":"y"}})"),
       "Condition.StringIs"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"StringEquals":{"x":"y"}})"), "vendor"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"StringEquals":{"aws:x":{}}})"), "aws:x"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"NumericEquals":{"aws:x":"many"}})"), "number"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"DateEquals":{"aws:x":"today"}})"), "date"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"IpAddress":{"aws:x":"10.0.0.0/33"}})"),
       "network"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"Bool":{"aws:x":"yes"}})"), "true nor false"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"BinaryEquals":{"aws:x":"?"}})"), "base64"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"BinaryNotEquals":{"aws:x":"AA=="}})"),
       "Condition.BinaryNotEquals"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"NullIfExists":{"aws:x":"true"}})"),
       "NullIfExists"},
      // Only String, Arn and Bool operators take variables.
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"NumericEquals":{"aws:x":"${aws:y}"}})"),
       "number"},
      {PolicyUse::identity, statement(fine + R"(,"Condition":{"IpAddress":{"aws:x":"${aws:y}"}})"),
       "network"},
      {PolicyUse::identity, R"({"Statement":[{"Sid":"a",)" + fine + R"(},{"Sid":"a",)" + fine + "}]}",
       "unique"},
      {PolicyUse::resource, statement(fine), "Principal"},
      {PolicyUse::resource, statement(R"("Principal":"me",)" + fine), "Principal"},
      {PolicyUse::resource, statement(R"("Principal":{},)" + fine), "Principal"},
      {PolicyUse::resource, statement(R"("Principal":{"AWS":"arn:aws:iam::111122223333:role/*"},)" + fine),
       "Invalid principal"},
      {PolicyUse::resource, statement(R"("Principal":{"AWS":"12"},)" + fine), "Invalid principal"},
      {PolicyUse::resource, statement(R"("Principal":{"Service":"sns"},)" + fine), "Invalid principal"},
      {PolicyUse::resource, statement(R"("Principal":{"User":"x"},)" + fine), "Principal.User"},
      {PolicyUse::trust, statement(R"("Principal":"*",)" + fine), "Resource"},
      {PolicyUse::trust, statement(R"("Principal":"*","Effect":"Allow","Action":"s3:*")"), "AssumeRole"},
      {PolicyUse::trust, statement(R"("NotPrincipal":"*","Effect":"Allow","Action":"sts:AssumeRole")"),
       "NotPrincipal"},
  };
  for (const RefusedRow& row : rows) {
    SCOPED_TRACE(row.text);
    try {
      parse_policy(row.text, row.use);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid);
      EXPECT_EQ(error.code(), "MalformedPolicyDocument");
      EXPECT_NE(error.message().find(row.place), std::string::npos) << error.message();
    }
  }
}

}  // namespace
}  // namespace s3dr::aws
