// The replica's bucket policy over random policies of the source and of others (dr/replica_policy.h,
// dr/settings/kinds/setting_policy.h). Whoever attacks, or replicates, sends requests; aws/policy judges them.
// S3DR_POLICY_SEED=… repeats one case, S3DR_POLICY_CASES says how many.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include "aws/policy/policy.h"
#include "aws/policy/policy_text.h"
#include "base/random.h"
#include "dr/replica_policy.h"
#include "support/model_world.h"

namespace s3dr {
namespace {

namespace json = boost::json;

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void expect(bool holds, const std::string& what) {
  if (!holds) throw Broken(what);
}

const std::string role = "arn:aws:iam::111122223333:role/replication";
const std::string exempt = "arn:aws:iam::444455556666:role/break-glass";
const std::string executor = "arn:aws:iam::444455556666:role/s3dr-destination";
const s3::BucketName replica = s3::BucketName::parse("ledger-dr");

class Generator {
 public:
  explicit Generator(Random& random) : random_(random) {}

  bool chance(double probability) { return random_.chance(probability); }
  std::string one_of(std::initializer_list<const char*> texts) {
    return *(texts.begin() + random_.below(texts.size()));
  }
  json::value some_of(std::initializer_list<const char*> texts) {
    if (chance(0.6)) return json::value(one_of(texts));
    json::array list;
    for (std::uint64_t i = 0, count = 1 + random_.below(3); i < count; ++i) list.emplace_back(one_of(texts));
    return list;
  }

  json::value principal() {
    if (chance(0.35)) return "*";
    json::object kinds;
    kinds["AWS"] = some_of({"777788889999", "arn:aws:iam::111122223333:root",
                            "arn:aws:iam::111122223333:role/replication",
                            "arn:aws:sts::111122223333:assumed-role/replication/s3", "AROAEXAMPLEEXAMPLE01",
                            "arn:aws:iam::777788889999:role/reader", "*"});
    if (chance(0.1)) kinds["Service"] = "logging.s3.amazonaws.com";
    if (chance(0.05)) kinds["CanonicalUser"] = "79a59df9";
    if (chance(0.05)) kinds["Federated"] = "*";
    return kinds;
  }
  json::object condition() {
    json::object result;
    for (std::uint64_t i = 0, count = random_.below(3); i < count; ++i) {
      json::object keys;
      const std::string op =
          one_of({"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists",
                  "ForAllValues:StringEquals", "ForAnyValue:StringLike", "ArnLike", "ArnNotEquals"});
      keys[one_of({"aws:Referer", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:SourceVpce", "aws:userid",
                   "aws:PrincipalAccount", "s3:prefix", "x:Unheard", "aws:RequestedRegion"})] =
          some_of({"site", "*", "o-1", "vpce-source", "vpce-2", "us-west-2", "111122223333", "s*",
                   "arn:aws:iam::111122223333:role/replication", "${aws:username}"});
      result[op] = std::move(keys);
    }
    if (chance(0.15)) result["Bool"] = json::object{{"aws:SecureTransport", one_of({"true", "false"})}};
    if (chance(0.15))
      result[one_of({"IpAddress", "NotIpAddress"})] =
          json::object{{"aws:SourceIp", some_of({"0.0.0.0/0", "10.0.0.0/8", "8.0.0.0/7", "9.9.9.9"})}};
    if (chance(0.05)) result["Null"] = json::object{{"aws:SourceVpce", one_of({"true", "false"})}};
    return result;
  }
  json::object statement(const std::string& bucket) {
    json::object result;
    result["Effect"] = one_of({"Allow", "Deny"});
    result[chance(0.9) ? "Principal" : "NotPrincipal"] = principal();
    result[chance(0.9) ? "Action" : "NotAction"] =
        some_of({"s3:GetObject", "s3:*", "*", "s3:PutObject", "s3:Replicate*", "s3:ReplicateTags",
                 "s3:putbucketpolicy", "s3:Get*", "s3:ListBucket", "s3:?eplicateDelete", "s3:O*"});
    json::array resources;
    for (std::uint64_t i = 0, count = 1 + random_.below(2); i < count; ++i) {
      const std::string own = "arn:aws:s3:::" + bucket;
      resources.emplace_back(std::vector<std::string>{own, own + "/*", own + "/a*",
                                                      own + "/${aws:username}/*", own + "/a?c/*", "*",
                                                      "arn:aws:s3:::*", "arn:aws:s3:::led*"}
                                 .at(random_.below(8)));
    }
    result[chance(0.85) ? "Resource" : "NotResource"] = std::move(resources);
    if (json::object block = condition(); !block.empty() || chance(0.05))
      result["Condition"] = std::move(block);
    return result;
  }
  // Bytes as a person may have written them.
  std::string policy(const std::string& bucket, std::vector<std::string>& statements) {
    const bool newer = chance(0.7);
    std::string text =
        newer ? R"({ "Version" : "2012-10-17",)" : R"({"Id":"p\u00e4","Version":"2008-10-17" ,)";
    text += "\n \"Statement\": [";
    for (std::uint64_t i = 0, count = 1 + random_.below(5); i < count; ++i) {
      json::object one = statement(bucket);
      if (chance(0.5)) one["Sid"] = "s" + std::to_string(i);
      statements.push_back(json::serialize(one));
      if (chance(0.3)) statements.back().insert(1, " \n\t");
      text += (i == 0 ? " " : " ,") + statements.back();
    }
    return text + " ]\n}";
  }
  // What a request may carry that its sender does not choose.
  void set_anything(aws::PolicyContext& context) {
    const auto maybe = [&](const char* key, std::initializer_list<const char*> values) {
      if (chance(0.5)) context.set(key, one_of(values));
    };
    maybe("aws:Referer", {"site", "other"});
    maybe("aws:PrincipalOrgID", {"o-1", "o-2"});
    maybe("aws:SourceVpce", {"vpce-replica", "vpce-2", "vpce-source"});
    maybe("aws:userid", {"AROAX:s3", "site"});
    maybe("aws:username", {"abc", "*"});
    maybe("s3:prefix", {"site", "s*"});
    maybe("x:Unheard", {"site", "o-1"});
    maybe("aws:RequestedRegion", {"us-east-2", "us-west-2"});
    maybe("aws:SourceIp", {"9.9.9.9", "10.1.1.1"});
  }
  std::string resource() {
    return one_of({"arn:aws:s3:::ledger-dr/a", "arn:aws:s3:::ledger-dr/abc/x",
                   "arn:aws:s3:::ledger-dr/z/${x}", "arn:aws:s3:::ledger-dr/site/x"});
  }

 private:
  Random& random_;
};

aws::AccessRequest request_of(const std::string& role_arn, const std::string& action, std::string resource) {
  aws::AccessRequest request;
  request.requester.kind = aws::Requester::Kind::session;
  request.requester.account = role_arn.substr(13, 12);
  request.requester.role_arn = role_arn;
  request.requester.arn = "arn:aws:sts::" + request.requester.account + ":assumed-role/" +
                          role_arn.substr(role_arn.rfind('/') + 1) + "/s3";
  request.action = action;
  request.resource = std::move(resource);
  request.context.set("aws:PrincipalArn", role_arn)
      .set("aws:PrincipalAccount", request.requester.account)
      .set("aws:SecureTransport", "true");
  return request;
}

aws::Decision decided(const aws::AccessRequest& request, const std::string& document) {
  static const aws::NamedPolicy all{
      "all", aws::parse_policy(
                 R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
                 aws::PolicyUse::identity)};
  const aws::Policy policy = aws::parse_policy(document, aws::PolicyUse::resource);
  return aws::evaluate(request, {&all, 1}, &policy, aws::Accounts::same);
}

// Only these, of ours and the clones.
std::string without_others(const std::string& document, bool clones_only) {
  aws::PolicyText text = aws::cut_policy(document);
  std::erase_if(text.statements, [&](const std::string& bytes) {
    const std::string sid = aws::sid_of(json::parse(bytes).get_object());
    return !dr::is_cloned_sid(sid) && (clones_only || !dr::is_own_sid(sid));
  });
  return text.statements.empty() ? "" : aws::joined_policy(text);
}

// Nobody of AWS, with any request that he likes.
void attack(Generator& any, const std::string& clones) {
  for (const char* action : {"s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:ReplicateTags"}) {
    for (const char* referer : {"site", "o-1", "us-west-2", "111122223333", "vpce-source", ""}) {
      aws::AccessRequest request;
      request.action = action;
      request.resource = any.chance(0.5) ? "arn:aws:s3:::ledger-dr" : any.resource();
      request.context.set("aws:SecureTransport", any.one_of({"true", "false"}));
      request.context.set("aws:SourceIp", "9.9.9.8");
      if (*referer != 0) request.context.set("aws:Referer", referer).set("s3:prefix", referer);
      const aws::Policy policy = aws::parse_policy(clones, aws::PolicyUse::resource);
      const auto decision = aws::evaluate(request, {}, &policy, aws::Accounts::cross);
      expect(!decision.allowed(),
             "everybody may " + request.action + " by " + decision.statement + ": " + clones);
    }
  }
}

// Statements that ours do not touch.
void judge_fence(Generator& any, const std::string& document, const std::string& unfenced) {
  const std::string anybody = any.one_of(
      {"arn:aws:iam::444455556666:role/admin", "arn:aws:iam::111122223333:role/replication",
       "arn:aws:iam::444455556666:role/s3dr-destination", "arn:aws:iam::777788889999:role/reader"});
  for (const char* action : {"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
                             "s3:PutObjectTagging", "s3:PutObjectAcl", "s3:PutObjectRetention",
                             "s3:PutObjectLegalHold", "s3:BypassGovernanceRetention", "s3:RestoreObject"}) {
    auto request = request_of(anybody, action, any.resource());
    any.set_anything(request.context);
    expect(decided(request, document).verdict == aws::Verdict::explicitly_denied,
           anybody + " passes the fence: " + action);
    request = request_of(exempt, action, any.resource());
    expect(decided(request, document).verdict == decided(request, unfenced).verdict,
           "the fence stops who is exempt");
  }
  for (const char* action : {"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
                             "s3:ObjectOwnerOverrideToBucketOwner", "s3:GetObject", "s3:GetObjectVersion"}) {
    auto request = request_of(any.one_of({role.c_str(), anybody.c_str()}), action, any.resource());
    any.set_anything(request.context);
    expect(decided(request, document).verdict == decided(request, unfenced).verdict,
           std::string("the fence changes ") + action);
  }
  for (const char* action : {"s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:DeleteBucket"}) {
    const auto request = request_of(anybody, action, "arn:aws:s3:::ledger-dr");
    const auto decision = decided(request, document);
    expect(anybody == executor || decision.verdict == aws::Verdict::explicitly_denied,
           anybody + " passes the fence: " + action);
  }
}

// What replication asks for is never denied by a clone, whatever else a request of S3 carries.
void judge_replication(Generator& any, const std::string& clones) {
  for (int i = 0; i < 20; ++i) {
    auto request = request_of(role,
                              any.one_of({"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
                                          "s3:ObjectOwnerOverrideToBucketOwner"}),
                              any.resource());
    any.set_anything(request.context);
    const auto decision = decided(request, clones);
    expect(decision.verdict != aws::Verdict::explicitly_denied,
           "replication is stopped by " + decision.statement + ": " + clones);
    auto own =
        request_of(executor, any.one_of({"s3:PutBucketPolicy", "s3:ListBucket"}), "arn:aws:s3:::ledger-dr");
    any.set_anything(own.context);
    expect(decided(own, clones).verdict != aws::Verdict::explicitly_denied,
           "our own role is stopped: " + clones);
  }
}

struct Tally {
  std::uint64_t cases = 0, cloned = 0, later = 0, left_out = 0;
};

void judge(std::uint64_t seed, Tally& tally) {
  const auto random = make_seeded_random(seed);
  Generator any(*random);
  dr::SettingsPolicy settings;
  settings.tls = true;
  settings.executor_role_arn = executor;
  settings.break_glass_role_arns = {exempt};
  settings.mappings = {{"vpce-source", "vpce-replica"}};
  dr::SettingContext context{settings, "aws", {}, {}, role};
  context.source = {s3::AccountId::parse("111122223333"), s3::Region::parse("us-west-2"),
                    s3::BucketName::parse("ledger")};
  context.replica = {s3::AccountId::parse("444455556666"), s3::Region::parse("us-east-2"), replica};

  std::vector<std::string> of_source, others;
  const dr::Setting setting = dr::policy_setting();
  const auto source = setting.normal_form(any.policy("ledger", of_source));
  expect(!source || setting.normal_form(*source) == source, "the normal form has another normal form");
  const dr::Transformed wanted = setting.transform(context, source);
  expect(setting.compare(wanted.document, wanted.document) == dr::Strictness::equal, "not equal to itself");

  const std::string theirs = any.policy("ledger-dr", others);
  const std::string* present = any.chance(0.8) ? &theirs : nullptr;
  dr::Policy policy = any.chance(0.5) ? test::two_account_policy() : test::test_policy();
  policy.settings = settings;
  dr::Record record;
  record.fence = true;
  dr::ReplicaPolicyWish wish = dr::replica_policy_wish(policy, &record, role);
  wish.cloned = wanted.document;
  const auto change = dr::replica_policy_change("aws", replica, wish, present);
  expect(!change.difference.empty(), "nothing to do at first");

  // Others' statements: the same bytes, in the same order, before all of ours.
  const aws::PolicyText after = aws::cut_policy(change.document);
  if (present != nullptr) {
    expect(after.statements.size() >= others.size() &&
               std::equal(others.begin(), others.end(), after.statements.begin()),
           "others' statements have changed:\n" + theirs + "\n" + change.document);
  }
  const auto again = dr::replica_policy_change("aws", replica, wish, &change.document);
  expect(again.difference.empty() && again.document == change.document,
         "twice is not once: " + again.difference);
  const auto part = dr::cloned_part(dr::SettingDocument(change.document));
  expect(!change.left_out.empty() || setting.compare(part, wanted.document) == dr::Strictness::equal,
         "what is there is not what was wanted");

  const std::string ours = without_others(change.document, false);
  dr::ReplicaPolicyWish open = wish;
  open.fence = false;
  open.cloned.reset();
  const std::string unfenced = dr::replica_policy_change("aws", replica, open, &ours).document;
  const std::string nothing =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"999900001111"},"Action":"s3:GetObject","Resource":"*"}})";
  judge_fence(any, ours, unfenced.empty() ? nothing : unfenced);
  if (const std::string clones = without_others(change.document, true); !clones.empty()) {
    attack(any, clones);
    judge_replication(any, clones);
    ++tally.cloned;
  }
  tally.later += wanted.later ? 1 : 0;
  tally.left_out += wanted.left_out.empty() ? 0 : 1;
  ++tally.cases;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::stoull(text) : otherwise;
}

TEST(ReplicaPolicies, keep_others_fence_the_replica_and_never_let_everybody_in_or_replication_out) {
  const std::uint64_t only = from_environment("S3DR_POLICY_SEED", 0);
  const std::uint64_t first = only != 0 ? only : make_system_random()->next() >> 16;
  const std::uint64_t count = only != 0 ? 1 : from_environment("S3DR_POLICY_CASES", 1'500);
  Tally tally;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    try {
      judge(seed, tally);
    } catch (const std::exception& error) {
      FAIL() << "S3DR_POLICY_SEED=" << seed << ": " << error.what();
    }
  }
  if (count < 1'000) return;
  // Each kind of outcome is there often enough to say something.
  EXPECT_GT(tally.cloned, count / 10);
  EXPECT_GT(tally.later, count / 10);
  EXPECT_GT(tally.left_out, count / 10);
}

}  // namespace
}  // namespace s3dr
