// The evaluator against a table: policies, a request, the answer. Each row says what it shows.
#include "aws/policy/policy.h"

#include <gtest/gtest.h>

namespace s3dr::aws {
namespace {

constexpr auto allowed = Verdict::allowed;
constexpr auto denied = Verdict::explicitly_denied;
constexpr auto silent = Verdict::implicitly_denied;

const Requester role{Requester::Kind::session, "111122223333",
                     "arn:aws:sts::111122223333:assumed-role/reader/run-1",
                     "arn:aws:iam::111122223333:role/team/reader", ""};
const Requester root{Requester::Kind::root, "111122223333", "arn:aws:iam::111122223333:root", "", ""};
const Requester events{Requester::Kind::service, "", "", "", "events.amazonaws.com"};
const Requester stranger{};

PolicyContext usual_context() {
  PolicyContext context;
  context.set("aws:PrincipalAccount", "111122223333")
      .set("aws:ResourceAccount", "111122223333")
      .set("aws:SourceIp", "10.1.2.3")
      .set("aws:SecureTransport", "true")
      .set("aws:CurrentTime", "2026-08-01T10:15:00Z")
      .set("aws:EpochTime", "1785579300")
      .set("aws:username", "ann*")
      .set("aws:SourceArn", "arn:aws:events:eu-west-1:111122223333:rule/dr-tags")
      .set("aws:TagKeys", std::vector<std::string>{"dr", "team"})
      .set("s3:prefix", "records/a")
      .set("s3:max-keys", "100");
  return context;
}

std::string statement(const std::string& inside) {
  return R"({"Version":"2012-10-17","Statement":{)" + inside + "}}";
}

// One Allow (or Deny) of an action on a resource; what decides is the third part.
struct MatchRow {
  const char* shows;
  std::string actions, resources;  // JSON
  std::string condition;           // JSON, or empty
  std::string action, resource;
  bool applies;
};

const MatchRow match_rows[] = {
    {"the plain case", R"("s3:GetObject")", R"("arn:aws:s3:::b/k")", "", "s3:GetObject", "arn:aws:s3:::b/k",
     true},
    {"another action", R"("s3:GetObject")", R"("*")", "", "s3:PutObject", "arn:aws:s3:::b/k", false},
    {"another resource", R"("s3:GetObject")", R"("arn:aws:s3:::b/k")", "", "s3:GetObject", "arn:aws:s3:::b/l",
     false},
    {"actions without case", R"("S3:getOBJECT")", R"("*")", "", "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"resources with case", R"("s3:*")", R"("arn:aws:s3:::b/K")", "", "s3:GetObject", "arn:aws:s3:::b/k",
     false},
    {"lists", R"(["s3:PutObject","s3:GetObject"])", R"(["arn:aws:s3:::a/*","arn:aws:s3:::b/*"])", "",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"a star in an action", R"("s3:Get*")", R"("*")", "", "s3:GetObjectVersion", "arn:aws:s3:::b/k", true},
    {"a star stops at the vendor", R"("s3:*")", R"("*")", "", "sns:Publish", "arn:aws:sns:eu-west-1:1:t",
     false},
    {"every action", R"("*")", R"("*")", "", "sns:Publish", "arn:aws:sns:eu-west-1:1:t", true},
    {"every action of every vendor", R"("*:*")", R"("*")", "", "sns:Publish", "arn:aws:sns:eu-west-1:1:t",
     true},
    {"a question mark is one letter", R"("s3:?etObject")", R"("*")", "", "s3:GetObject", "arn:aws:s3:::b/k",
     true},
    {"a question mark is not none", R"("s3:GetObject?")", R"("*")", "", "s3:GetObject", "arn:aws:s3:::b/k",
     false},
    {"a star may be nothing", R"("s3:GetObject*")", R"("*")", "", "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"stars inside", R"("s3:*Object*Tag*")", R"("*")", "", "s3:GetObjectVersionTagging", "arn:aws:s3:::b/k",
     true},
    {"the bucket is not its objects", R"("s3:*")", R"("arn:aws:s3:::b")", "", "s3:GetObject",
     "arn:aws:s3:::b/k", false},
    {"objects are not the bucket", R"("s3:*")", R"("arn:aws:s3:::b/*")", "", "s3:ListBucket",
     "arn:aws:s3:::b", false},
    {"a suffix", R"("s3:*")", R"("arn:aws:s3:::*-dr")", "", "s3:ListBucket", "arn:aws:s3:::ledger-dr", true},
    {"a suffix not there", R"("s3:*")", R"("arn:aws:s3:::*-dr")", "", "s3:ListBucket", "arn:aws:s3:::ledger",
     false},
    {"a star runs over slashes", R"("s3:*")", R"("arn:aws:s3:::b/*z")", "", "s3:GetObject",
     "arn:aws:s3:::b/x/y/z", true},
    {"a star does not run over colons", R"("sns:*")", R"("arn:aws:sns:*:topic")", "", "sns:Publish",
     "arn:aws:sns:eu-west-1:111122223333:topic", false},
    {"a star a field", R"("sns:*")", R"("arn:aws:sns:*:*:dr-*")", "", "sns:Publish",
     "arn:aws:sns:eu-west-1:111122223333:dr-x", true},
    {"an ARN cut short is completed", R"("sqs:*")", R"("arn:aws:sqs")", "", "sqs:SendMessage",
     "arn:aws:sqs:eu-west-1:111122223333:q", true},
    {"colons in the last field", R"("logs:*")",
     R"("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*")", "", "logs:PutLogEvents",
     "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:s", true},
    {"an action without resource needs a star", R"("s3:ListJobs")", R"("arn:aws:s3:::*")", "", "s3:ListJobs",
     "*", false},
    {"the star for it", R"("s3:ListJobs")", R"("*")", "", "s3:ListJobs", "*", true},
    {"a job", R"("s3:DescribeJob")", R"("arn:aws:s3:*:111122223333:job/*")", "", "s3:DescribeJob",
     "arn:aws:s3:eu-west-1:111122223333:job/1-2", true},
    {"a variable", R"("s3:*")", R"("arn:aws:s3:::b/${aws:PrincipalAccount}/*")", "", "s3:GetObject",
     "arn:aws:s3:::b/111122223333/k", true},
    {"another's", R"("s3:*")", R"("arn:aws:s3:::b/${aws:PrincipalAccount}/*")", "", "s3:GetObject",
     "arn:aws:s3:::b/444455556666/k", false},
    {"a star in a variable's value is a plain one", R"("s3:*")", R"("arn:aws:s3:::b/${aws:username}/k")", "",
     "s3:GetObject", "arn:aws:s3:::b/anna/k", false},
    {"and matches itself", R"("s3:*")", R"("arn:aws:s3:::b/${aws:username}/k")", "", "s3:GetObject",
     "arn:aws:s3:::b/ann*/k", true},
    {"variables without case", R"("s3:*")", R"("arn:aws:s3:::b/${AWS:principalaccount}/k")", "",
     "s3:GetObject", "arn:aws:s3:::b/111122223333/k", true},
    {"a variable without value matches nothing", R"("s3:*")", R"("arn:aws:s3:::b/${aws:nobody}*")", "",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"unless it brings one", R"("s3:*")", R"("arn:aws:s3:::b/${aws:nobody, 'guest'}/*")", "", "s3:GetObject",
     "arn:aws:s3:::b/guest/k", true},
    {"a value before the default", R"("s3:*")", R"("arn:aws:s3:::b/${aws:PrincipalAccount, 'guest'}/*")", "",
     "s3:GetObject", "arn:aws:s3:::b/guest/k", false},
    {"several values are no value", R"("s3:*")", R"("arn:aws:s3:::b/${aws:TagKeys}/*")", "", "s3:GetObject",
     "arn:aws:s3:::b/dr/k", false},
    {"a plain star by name", R"("s3:*")", R"("arn:aws:s3:::b/${*}k")", "", "s3:GetObject",
     "arn:aws:s3:::b/xk", false},
    {"that is there", R"("s3:*")", R"("arn:aws:s3:::b/${*}k")", "", "s3:GetObject", "arn:aws:s3:::b/*k",
     true},
    {"a dollar by name", R"("s3:*")", R"("arn:aws:s3:::b/${$}k")", "", "s3:GetObject", "arn:aws:s3:::b/$k",
     true},
    {"StringEquals", R"("s3:*")", R"("*")", R"({"StringEquals":{"aws:ResourceAccount":"111122223333"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"StringEquals, another", R"("s3:*")", R"("*")",
     R"({"StringEquals":{"aws:ResourceAccount":"444455556666"}})", "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"keys without case", R"("s3:*")", R"("*")", R"({"StringEquals":{"AWS:resourceaccount":"111122223333"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"one of several values", R"("s3:*")", R"("*")",
     R"({"StringEquals":{"aws:ResourceAccount":["x","111122223333"]}})", "s3:GetObject", "arn:aws:s3:::b/k",
     true},
    {"StringEquals knows no wildcard", R"("s3:*")", R"("*")",
     R"({"StringEquals":{"aws:ResourceAccount":"1111*"}})", "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"StringEquals with case", R"("s3:*")", R"("*")", R"({"StringEquals":{"s3:prefix":"Records/a"}})",
     "s3:ListBucket", "arn:aws:s3:::b", false},
    {"StringEqualsIgnoreCase", R"("s3:*")", R"("*")",
     R"({"StringEqualsIgnoreCase":{"s3:prefix":"Records/A"}})", "s3:ListBucket", "arn:aws:s3:::b", true},
    {"StringNotEqualsIgnoreCase", R"("s3:*")", R"("*")",
     R"({"StringNotEqualsIgnoreCase":{"s3:prefix":"Records/A"}})", "s3:ListBucket", "arn:aws:s3:::b", false},
    {"StringLike", R"("s3:*")", R"("*")", R"({"StringLike":{"s3:prefix":"records/*"}})", "s3:ListBucket",
     "arn:aws:s3:::b", true},
    {"StringLike, no", R"("s3:*")", R"("*")", R"({"StringLike":{"s3:prefix":"other/*"}})", "s3:ListBucket",
     "arn:aws:s3:::b", false},
    {"StringNotLike", R"("s3:*")", R"("*")", R"({"StringNotLike":{"s3:prefix":"records/*"}})",
     "s3:ListBucket", "arn:aws:s3:::b", false},
    {"StringNotLike, several: none may fit", R"("s3:*")", R"("*")",
     R"({"StringNotLike":{"s3:prefix":["x","rec*"]}})", "s3:ListBucket", "arn:aws:s3:::b", false},
    {"StringNotEquals", R"("s3:*")", R"("*")", R"({"StringNotEquals":{"s3:prefix":"x"}})", "s3:ListBucket",
     "arn:aws:s3:::b", true},
    {"a variable in a condition", R"("s3:*")", R"("*")",
     R"({"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}})", "s3:GetObject",
     "arn:aws:s3:::b/k", true},
    {"a missing key is no match", R"("s3:*")", R"("*")", R"({"StringEquals":{"aws:nobody":"x"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"a missing key is not equal", R"("s3:*")", R"("*")", R"({"StringNotEquals":{"aws:nobody":"x"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"IfExists, missing", R"("s3:*")", R"("*")", R"({"StringEqualsIfExists":{"aws:nobody":"x"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"IfExists, there", R"("s3:*")", R"("*")", R"({"StringEqualsIfExists":{"s3:prefix":"x"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"all operators must hold", R"("s3:*")", R"("*")",
     R"({"StringLike":{"s3:prefix":"records/*"},"Bool":{"aws:SecureTransport":"false"}})", "s3:ListBucket",
     "arn:aws:s3:::b", false},
    {"all keys must hold", R"("s3:*")", R"("*")",
     R"({"StringEquals":{"s3:prefix":"records/a","aws:ResourceAccount":"x"}})", "s3:ListBucket",
     "arn:aws:s3:::b", false},
    {"ArnLike", R"("s3:*")", R"("*")",
     R"({"ArnLike":{"aws:SourceArn":"arn:aws:events:*:111122223333:rule/dr-*"}})", "s3:GetObject",
     "arn:aws:s3:::b/k", true},
    {"ArnLike, fields apart", R"("s3:*")", R"("*")",
     R"({"ArnLike":{"aws:SourceArn":"arn:aws:events:*:rule/dr-*"}})", "s3:GetObject", "arn:aws:s3:::b/k",
     false},
    {"ArnEquals takes wildcards too", R"("s3:*")", R"("*")",
     R"({"ArnEquals":{"aws:SourceArn":"arn:aws:events:*:*:rule/dr-tags"}})", "s3:GetObject",
     "arn:aws:s3:::b/k", true},
    {"ArnNotLike", R"("s3:*")", R"("*")",
     R"({"ArnNotLike":{"aws:SourceArn":"arn:aws:events:*:*:rule/dr-*"}})", "s3:GetObject", "arn:aws:s3:::b/k",
     false},
    {"ArnNotEquals", R"("s3:*")", R"("*")",
     R"({"ArnNotEquals":{"aws:SourceArn":"arn:aws:events:eu-west-1:111122223333:rule/x"}})", "s3:GetObject",
     "arn:aws:s3:::b/k", true},
    {"Bool", R"("s3:*")", R"("*")", R"({"Bool":{"aws:SecureTransport":"true"}})", "s3:GetObject",
     "arn:aws:s3:::b/k", true},
    {"Bool as JSON writes it", R"("s3:*")", R"("*")", R"({"Bool":{"aws:SecureTransport":false}})",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"Null true: the key is missing", R"("s3:*")", R"("*")", R"({"Null":{"aws:nobody":"true"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"Null true, there", R"("s3:*")", R"("*")", R"({"Null":{"s3:prefix":true}})", "s3:GetObject",
     "arn:aws:s3:::b/k", false},
    {"Null false: the key is there", R"("s3:*")", R"("*")", R"({"Null":{"s3:prefix":"false"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"NumericEquals", R"("s3:*")", R"("*")", R"({"NumericEquals":{"s3:max-keys":"100.0"}})", "s3:ListBucket",
     "arn:aws:s3:::b", true},
    {"NumericNotEquals", R"("s3:*")", R"("*")", R"({"NumericNotEquals":{"s3:max-keys":100}})",
     "s3:ListBucket", "arn:aws:s3:::b", false},
    {"NumericLessThan", R"("s3:*")", R"("*")", R"({"NumericLessThan":{"s3:max-keys":"100"}})",
     "s3:ListBucket", "arn:aws:s3:::b", false},
    {"NumericLessThanEquals", R"("s3:*")", R"("*")", R"({"NumericLessThanEquals":{"s3:max-keys":"100"}})",
     "s3:ListBucket", "arn:aws:s3:::b", true},
    {"NumericGreaterThan", R"("s3:*")", R"("*")", R"({"NumericGreaterThan":{"s3:max-keys":"99"}})",
     "s3:ListBucket", "arn:aws:s3:::b", true},
    {"NumericGreaterThanEquals", R"("s3:*")", R"("*")",
     R"({"NumericGreaterThanEquals":{"s3:max-keys":"101"}})", "s3:ListBucket", "arn:aws:s3:::b", false},
    {"numbers are not texts", R"("s3:*")", R"("*")", R"({"NumericGreaterThan":{"s3:max-keys":"9"}})",
     "s3:ListBucket", "arn:aws:s3:::b", true},
    {"DateGreaterThan", R"("s3:*")", R"("*")",
     R"({"DateGreaterThan":{"aws:CurrentTime":"2026-07-31T00:00:00Z"}})", "s3:GetObject", "arn:aws:s3:::b/k",
     true},
    {"DateLessThan", R"("s3:*")", R"("*")", R"({"DateLessThan":{"aws:CurrentTime":"2026-08-01T10:15:00Z"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"DateLessThanEquals in seconds", R"("s3:*")", R"("*")",
     R"({"DateLessThanEquals":{"aws:CurrentTime":"1785579300"}})", "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"DateEquals on seconds", R"("s3:*")", R"("*")",
     R"({"DateEquals":{"aws:EpochTime":"2026-08-01T10:15:00Z"}})", "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"DateGreaterThanEquals, a day", R"("s3:*")", R"("*")",
     R"({"DateGreaterThanEquals":{"aws:CurrentTime":"2026-08-02"}})", "s3:GetObject", "arn:aws:s3:::b/k",
     false},
    {"IpAddress", R"("s3:*")", R"("*")", R"({"IpAddress":{"aws:SourceIp":"10.1.0.0/16"}})", "s3:GetObject",
     "arn:aws:s3:::b/k", true},
    {"IpAddress, outside", R"("s3:*")", R"("*")",
     R"({"IpAddress":{"aws:SourceIp":["10.1.2.0/31","2001:db8::/32"]}})", "s3:GetObject", "arn:aws:s3:::b/k",
     false},
    {"IpAddress, every address of the other family", R"("s3:*")", R"("*")",
     R"({"IpAddress":{"aws:SourceIp":"::/0"}})", "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"NotIpAddress", R"("s3:*")", R"("*")", R"({"NotIpAddress":{"aws:SourceIp":"10.1.2.3"}})", "s3:GetObject",
     "arn:aws:s3:::b/k", false},
    {"BinaryEquals", R"("s3:*")", R"("*")", R"({"BinaryEquals":{"s3:prefix":"cmVjb3Jkcy9h"}})",
     "s3:ListBucket", "arn:aws:s3:::b", true},
    {"BinaryEquals, other bytes", R"("s3:*")", R"("*")", R"({"BinaryEquals":{"s3:prefix":"cmVjb3Jkcy9i"}})",
     "s3:ListBucket", "arn:aws:s3:::b", false},
    {"a variable in a Bool", R"("s3:*")", R"("*")",
     R"({"Bool":{"aws:SecureTransport":"${aws:SecureTransport}"}})", "s3:GetObject", "arn:aws:s3:::b/k",
     true},
    {"ForAnyValue", R"("s3:*")", R"("*")", R"({"ForAnyValue:StringEquals":{"aws:TagKeys":"dr"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"ForAnyValue, none", R"("s3:*")", R"("*")", R"({"ForAnyValue:StringEquals":{"aws:TagKeys":"x"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"ForAnyValue, missing", R"("s3:*")", R"("*")", R"({"ForAnyValue:StringEquals":{"aws:nobody":"x"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"ForAnyValue, negated", R"("s3:*")", R"("*")", R"({"ForAnyValue:StringNotEquals":{"aws:TagKeys":"dr"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"ForAllValues", R"("s3:*")", R"("*")",
     R"({"ForAllValues:StringEquals":{"aws:TagKeys":["dr","team","x"]}})", "s3:GetObject", "arn:aws:s3:::b/k",
     true},
    {"ForAllValues, one too many", R"("s3:*")", R"("*")",
     R"({"ForAllValues:StringEquals":{"aws:TagKeys":["dr"]}})", "s3:GetObject", "arn:aws:s3:::b/k", false},
    {"ForAllValues, missing", R"("s3:*")", R"("*")", R"({"ForAllValues:StringLike":{"aws:nobody":"x"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", true},
    {"ForAllValues, negated", R"("s3:*")", R"("*")", R"({"ForAllValues:StringNotLike":{"aws:TagKeys":"t*"}})",
     "s3:GetObject", "arn:aws:s3:::b/k", false},
};

TEST(PolicyPattern, WhatIsNoArnMatchesNoPatternOfAnArn) {
  const auto matches_pattern = [](std::string_view pattern, std::string_view text) {
    return matches_arn(*make_pattern(pattern, {}, Wildcards::act, Variables::plain), text);
  };
  EXPECT_FALSE(matches_pattern("a", "a:b"));
  EXPECT_FALSE(matches_pattern("", ":b"));
  EXPECT_TRUE(matches_pattern("*", "a:b"));
  EXPECT_TRUE(matches_pattern("arn:aws:s3", "arn:aws:s3:::b")) << "the fields left out";
}

TEST(Policy, Matching) {
  ASSERT_GE(std::size(match_rows), 80U);
  for (const MatchRow& row : match_rows) {
    SCOPED_TRACE(row.shows);
    const std::string inside = R"("Action":)" + row.actions + R"(,"Resource":)" + row.resources +
                               (row.condition.empty() ? "" : R"(,"Condition":)" + row.condition);
    const AccessRequest request{role, row.action, row.resource, usual_context()};
    const NamedPolicy allow{"p",
                            parse_policy(statement(R"("Effect":"Allow",)" + inside), PolicyUse::identity)};
    EXPECT_EQ(evaluate(request, {&allow, 1}, nullptr, Accounts::same).verdict,
              row.applies ? allowed : silent);
    // The same statement as a Deny beside an Allow of everything.
    const NamedPolicy deny[] = {
        {"all",
         parse_policy(statement(R"("Effect":"Allow","Action":"*","Resource":"*")"), PolicyUse::identity)},
        {"p", parse_policy(statement(R"("Effect":"Deny",)" + inside), PolicyUse::identity)}};
    EXPECT_EQ(evaluate(request, deny, nullptr, Accounts::same).verdict, row.applies ? denied : allowed);
  }
}

// Who is let in: identity policy (JSON statement or ""), resource policy, requester, accounts.
struct WhoRow {
  const char* shows;
  std::string identity, resource;
  const Requester* requester;
  Accounts accounts;
  Verdict verdict;
  Decision::By by;
};

const std::string allow_all = R"("Effect":"Allow","Action":"*","Resource":"*")";
const std::string deny_all = R"("Effect":"Deny","Action":"*","Resource":"*")";
std::string let_in(const std::string& principal, const std::string& effect = "Allow") {
  return R"("Effect":")" + effect + R"(","Action":"sns:Publish","Resource":"*",)" + principal;
}
const std::string the_role = R"("Principal":{"AWS":"arn:aws:iam::111122223333:role/team/reader"})";
const std::string the_account = R"("Principal":{"AWS":"111122223333"})";

const WhoRow who_rows[] = {
    {"nothing said", "", "", &role, Accounts::same, silent, Decision::By::identity},
    {"identity alone", allow_all, "", &role, Accounts::same, allowed, Decision::By::identity},
    {"the role named", "", let_in(the_role), &role, Accounts::same, allowed, Decision::By::resource},
    {"a role of that name without its path", "",
     let_in(R"("Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"})"), &role, Accounts::same, silent,
     Decision::By::identity},
    {"the session named", "",
     let_in(R"("Principal":{"AWS":["arn:aws:sts::111122223333:assumed-role/reader/run-1"]})"), &role,
     Accounts::same, allowed, Decision::By::resource},
    {"only the account named", "", let_in(the_account), &role, Accounts::same, silent,
     Decision::By::identity},
    {"everybody", "", let_in(R"("Principal":"*")"), &role, Accounts::same, allowed, Decision::By::resource},
    {"everybody, as AWS", "", let_in(R"("Principal":{"AWS":"*"})"), &role, Accounts::same, allowed,
     Decision::By::resource},
    {"deny of identity", deny_all, let_in(the_role), &role, Accounts::same, denied, Decision::By::identity},
    {"deny of resource", allow_all, let_in(the_role, "Deny"), &role, Accounts::same, denied,
     Decision::By::resource},
    {"deny of the account meets its roles", allow_all, let_in(the_account, "Deny"), &role, Accounts::same,
     denied, Decision::By::resource},
    {"deny of another role", allow_all,
     let_in(R"("Principal":{"AWS":"arn:aws:iam::111122223333:role/x"})", "Deny"), &role, Accounts::same,
     allowed, Decision::By::identity},
    {"deny of all but the role", allow_all,
     let_in(R"("NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/team/reader"})", "Deny"), &role,
     Accounts::same, allowed, Decision::By::identity},
    {"deny of all but the account's root", allow_all,
     let_in(R"("NotPrincipal":{"AWS":"111122223333"})", "Deny"), &role, Accounts::same, denied,
     Decision::By::resource},
    {"allow of all but the account", "", let_in(R"("NotPrincipal":{"AWS":"111122223333"})"), &role,
     Accounts::same, silent, Decision::By::identity},
    {"across accounts, identity alone", allow_all, "", &role, Accounts::cross, silent,
     Decision::By::resource},
    {"across accounts, resource alone", "", let_in(the_role), &role, Accounts::cross, silent,
     Decision::By::identity},
    {"across accounts, both", allow_all, let_in(the_role), &role, Accounts::cross, allowed,
     Decision::By::resource},
    {"across accounts, the account is enough", allow_all, let_in(the_account), &role, Accounts::cross,
     allowed, Decision::By::resource},
    {"across accounts, another account", allow_all, let_in(R"("Principal":{"AWS":"444455556666"})"), &role,
     Accounts::cross, silent, Decision::By::resource},
    {"root at home", "", "", &root, Accounts::same, allowed, Decision::By::identity},
    {"root denied at home", "", let_in(R"("Principal":"*")", "Deny"), &root, Accounts::same, denied,
     Decision::By::resource},
    {"root abroad", "", "", &root, Accounts::cross, silent, Decision::By::resource},
    {"root abroad, let in", "", let_in(R"("Principal":{"AWS":"arn:aws:iam::111122223333:root"})"), &root,
     Accounts::cross, allowed, Decision::By::resource},
    {"a service without policy", "", "", &events, Accounts::same, silent, Decision::By::resource},
    {"a service let in", "", let_in(R"("Principal":{"Service":"events.amazonaws.com"})"), &events,
     Accounts::same, allowed, Decision::By::resource},
    {"another service", "", let_in(R"("Principal":{"Service":["sns.amazonaws.com"]})"), &events,
     Accounts::same, silent, Decision::By::resource},
    {"a service among everybody", "", let_in(R"("Principal":"*")"), &events, Accounts::same, allowed,
     Decision::By::resource},
    {"a service has no identity policies", allow_all, "", &events, Accounts::same, silent,
     Decision::By::resource},
    {"a stranger", allow_all, let_in(the_role), &stranger, Accounts::cross, silent, Decision::By::resource},
};

TEST(Policy, WhoIsLetIn) {
  for (const WhoRow& row : who_rows) {
    SCOPED_TRACE(row.shows);
    std::vector<NamedPolicy> identity;
    if (!row.identity.empty())
      identity.push_back({"p", parse_policy(statement(row.identity), PolicyUse::identity)});
    std::optional<Policy> resource;
    if (!row.resource.empty()) resource = parse_policy(statement(row.resource), PolicyUse::resource);
    const AccessRequest request{*row.requester, "sns:Publish", "arn:aws:sns:eu-west-1:111122223333:t",
                                usual_context()};
    const Decision decision = evaluate(request, identity, resource ? &*resource : nullptr, row.accounts);
    EXPECT_EQ(decision.verdict, row.verdict);
    EXPECT_EQ(decision.by, row.by);
  }
}

TEST(Policy, TrustMustConsentItself) {
  const auto trust = [](const std::string& principal) {
    return parse_policy(statement(R"("Effect":"Allow","Action":"sts:AssumeRole",)" + principal),
                        PolicyUse::trust);
  };
  const NamedPolicy all{"p", parse_policy(statement(allow_all), PolicyUse::identity)};
  const AccessRequest request{role, "sts:AssumeRole", "arn:aws:iam::111122223333:role/x", usual_context()};
  const auto verdict = [&](const Requester& who, std::span<const NamedPolicy> identity,
                           const std::string& principal, Accounts accounts) {
    AccessRequest asked = request;
    asked.requester = who;
    return evaluate_trust(asked, identity, trust(principal), accounts).verdict;
  };
  const std::string other = R"("Principal":{"Service":"lambda.amazonaws.com"})";
  EXPECT_EQ(verdict(role, {&all, 1}, other, Accounts::same), silent);
  EXPECT_EQ(verdict(root, {}, other, Accounts::same), silent);
  EXPECT_EQ(verdict(role, {}, the_role, Accounts::same), allowed);
  EXPECT_EQ(verdict(role, {}, the_account, Accounts::same), silent);
  EXPECT_EQ(verdict(role, {&all, 1}, the_account, Accounts::same), allowed);
  EXPECT_EQ(verdict(root, {}, the_account, Accounts::same), allowed);
  EXPECT_EQ(verdict(role, {}, the_role, Accounts::cross), silent);
  EXPECT_EQ(verdict(role, {&all, 1}, the_role, Accounts::cross), allowed);
  const Requester lambda{Requester::Kind::service, "", "", "", "lambda.amazonaws.com"};
  EXPECT_EQ(verdict(lambda, {}, other, Accounts::same), allowed);
  EXPECT_EQ(verdict(events, {}, other, Accounts::same), silent);
}

// "*" keeps them out like everybody, but does not let them in.
TEST(Policy, WhomAProviderKnows) {
  const std::string provider = "arn:aws:iam::111122223333:oidc-provider/127.0.0.1:9";
  const AccessRequest request{{Requester::Kind::federated, "", provider, "", ""},
                              "sts:AssumeRoleWithWebIdentity",
                              "arn:aws:iam::111122223333:role/x",
                              {}};
  const auto verdict = [&](const std::string& principal, const std::string& denied_principal) {
    const auto part = [](const std::string& effect, const std::string& who) {
      return R"({"Effect":")" + effect + R"(","Action":"sts:AssumeRoleWithWebIdentity",)" + who + "}";
    };
    const std::string statements =
        part("Allow", principal) + (denied_principal.empty() ? "" : "," + part("Deny", denied_principal));
    const Policy trust =
        parse_policy(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}", PolicyUse::trust);
    return evaluate_trust(request, {}, trust, Accounts::same).verdict;
  };
  const std::string itself = R"("Principal":{"Federated":")" + provider + R"("})";
  const std::string other = R"("Principal":{"Federated":")" + provider + R"(0"})";
  const std::string everybody = R"("Principal":"*")", every_account = R"("Principal":{"AWS":"*"})";
  EXPECT_EQ(verdict(itself, ""), allowed);
  EXPECT_EQ(verdict(other, ""), silent);
  EXPECT_EQ(verdict(everybody, ""), silent);
  EXPECT_EQ(verdict(every_account, ""), silent);
  EXPECT_EQ(verdict(itself, everybody), denied);
  EXPECT_EQ(verdict(itself, every_account), denied);
  EXPECT_EQ(verdict(itself, R"("Principal":{"Federated":"*"})"), denied);
  EXPECT_EQ(verdict(itself, itself), denied);
  EXPECT_EQ(verdict(itself, other), allowed);
}

TEST(Policy, NotActionAndNotResource) {
  const NamedPolicy policy{
      "p",
      parse_policy(
          statement(
              R"("Effect":"Allow","NotAction":["iam:*","s3:Delete*"],"NotResource":"arn:aws:s3:::secret/*")"),
          PolicyUse::identity)};
  const auto verdict = [&](const std::string& action, const std::string& resource) {
    return evaluate({role, action, resource, {}}, {&policy, 1}, nullptr, Accounts::same).verdict;
  };
  EXPECT_EQ(verdict("s3:GetObject", "arn:aws:s3:::b/k"), allowed);
  EXPECT_EQ(verdict("s3:DeleteObject", "arn:aws:s3:::b/k"), silent);
  EXPECT_EQ(verdict("IAM:PassRole", "arn:aws:iam::1:role/x"), silent);
  EXPECT_EQ(verdict("s3:GetObject", "arn:aws:s3:::secret/k"), silent);
}

TEST(Policy, VariablesOnlyFrom2012On) {
  const std::string inside =
      R"("Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}"}]})";
  const auto verdict = [&](const std::string& version, const std::string& key) {
    const NamedPolicy policy{"p", parse_policy("{" + version + inside, PolicyUse::identity)};
    return evaluate({role, "s3:GetObject", "arn:aws:s3:::b/" + key, usual_context()}, {&policy, 1}, nullptr,
                    Accounts::same)
        .verdict;
  };
  EXPECT_EQ(verdict(R"("Version":"2012-10-17",)", "ann*"), allowed);
  for (const std::string old : {"", R"("Version":"2008-10-17",)"}) {
    EXPECT_EQ(verdict(old, "ann*"), silent);
    EXPECT_EQ(verdict(old, "${aws:username}"), allowed);
  }
}

TEST(Policy, TheStatementThatDecidedIsNamed) {
  const NamedPolicy policy{"inline", parse_policy(R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"s3:Get*","Resource":"*"},
    {"Sid":"NoSecrets","Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::secret/*"}]})",
                                                  PolicyUse::identity)};
  Decision decision =
      evaluate({role, "s3:GetObject", "arn:aws:s3:::b/k", {}}, {&policy, 1}, nullptr, Accounts::same);
  EXPECT_EQ(decision.policy + "/" + decision.statement, "inline/Statement[0]");
  decision =
      evaluate({role, "s3:GetObject", "arn:aws:s3:::secret/k", {}}, {&policy, 1}, nullptr, Accounts::same);
  EXPECT_EQ(decision.policy + "/" + decision.statement, "inline/NoSecrets");
  EXPECT_EQ(explain(decision, "s3:GetObject"), "with an explicit deny in an identity-based policy");
  decision = evaluate({role, "s3:PutObject", "arn:aws:s3:::b/k", {}}, {&policy, 1}, nullptr, Accounts::same);
  EXPECT_EQ(explain(decision, "s3:PutObject"),
            "because no identity-based policy allows the s3:PutObject action");
}

TEST(Policy, WildcardsTakeNoExponentialTime) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "*a";
  const auto pattern = make_pattern(text + "b", {}, Wildcards::act, Variables::plain);
  EXPECT_FALSE(matches(*pattern, std::string(20'000, 'a')));
}

}  // namespace
}  // namespace s3dr::aws
