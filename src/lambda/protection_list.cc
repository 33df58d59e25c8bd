#include "lambda/protection_list.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "aws/arn.h"
#include "aws/json_fields.h"
#include "base/error.h"
#include "lambda/shown.h"

namespace s3dr::lambda {
namespace {

namespace json = boost::json;

s3::TagSet tags_of(const json::value& value) {
  const json::object* tags = value.if_object();
  if (tags == nullptr) throw Error(ErrorKind::invalid, "not a JSON object like {\"dr\":\"true\"}");
  if (tags->empty()) throw Error(ErrorKind::invalid, "empty, no bucket would be protected");
  s3::TagSet result;
  for (const auto& tag : *tags) {
    const json::string* text_value = tag.value().if_string();
    if (text_value == nullptr)
      throw Error(ErrorKind::invalid, "the value of tag " + shown(tag.key()) + " is not a text");
    result.push_back({std::string(tag.key()), std::string(*text_value)});
  }
  return result;
}

Destination read_destination(aws::JsonFields fields, s3::BucketName& control_bucket) {
  Destination result;
  result.place.account = fields.named<s3::AccountId>("account");
  result.place.region = fields.named<s3::Region>("region");
  control_bucket = dr::control_bucket_name(result.place.account, result.place.region);
  if (fields.optional("control_bucket") != nullptr)
    control_bucket = s3::BucketName::parse_new(fields.text("control_bucket"));
  if (fields.optional("topic") != nullptr) result.topic = parse_topic(fields.text("topic"));
  if (fields.optional("role") != nullptr) result.remote_role = parse_role(fields.text("role"));
  fields.refuse_unknown();
  return result;
}

void read_protection(aws::JsonFields fields, dr::Policy& policy, std::size_t& to) {
  policy.protection_name = fields.text("name");
  to = fields.count("to");
  policy.match_tags = tags_of(fields.any("tags"));
  if (fields.optional("replica_name") != nullptr) policy.replica_name_template = fields.text("replica_name");
  if (fields.optional("replica_namespace") != nullptr)
    policy.replica_namespace = fields.parsed("replica_namespace", &dr::parse_replica_namespace);
  if (const json::value* rule = fields.optional("rule"))
    policy.rule = dr::parse_rule_options(json::serialize(*rule));
  if (const json::value* bucket_settings = fields.optional("settings"))
    policy.settings = dr::parse_settings_policy(json::serialize(*bucket_settings));
  fields.refuse_unknown();
}

class ListReader {
 public:
  explicit ListReader(const dr::Policy& shared) : shared_(shared) {}

  void read(std::string_view text) {
    json::error_code failure;
    const json::value value = json::parse(text, failure);
    if (failure) {
      wrong("not JSON: " + failure.message());
      return;
    }
    attempt([&] {
      aws::JsonFields fields(value, "the list", ErrorKind::invalid);
      const json::array& destinations = fields.array("destinations");
      const json::array& protections = fields.array("protections");
      fields.refuse_unknown();
      for (std::size_t i = 0; i < destinations.size(); ++i)
        attempt([&] { add_destination(destinations[i], i); });
      for (std::size_t i = 0; i < protections.size(); ++i)
        attempt([&] { add_protection(protections[i], i); });
      if (protections.empty()) wrong("no protection, no bucket would be protected");
    });
  }

  ProtectionList take() { return std::move(list_); }

 private:
  void wrong(std::string why) { list_.problems.push_back(std::move(why)); }

  template <class Step>
  void attempt(Step step) {
    try {
      step();
    } catch (const Error& error) {
      wrong(error.message());
    }
  }

  void add_destination(const json::value& value, std::size_t index) {
    // Its place in the list is taken even if it is wrong: the protections count.
    list_.destinations.emplace_back();
    control_buckets_.emplace_back();
    aws::JsonFields fields(value, "destinations[" + std::to_string(index) + "]", ErrorKind::invalid);
    list_.destinations.back() = read_destination(std::move(fields), control_buckets_.back());
  }

  void add_protection(const json::value& value, std::size_t index) {
    const std::string where = "protections[" + std::to_string(index) + "]";
    dr::Policy policy = shared_;
    std::size_t to = 0;
    read_protection(aws::JsonFields(value, where, ErrorKind::invalid), policy, to);
    if (to >= list_.destinations.size())
      throw Error(ErrorKind::invalid, where + ": there is no destination " + std::to_string(to));
    policy.destination_account = list_.destinations[to].place.account;
    policy.destination_region = list_.destinations[to].place.region;
    policy.control_bucket = control_buckets_[to];
    list_.protections.push_back(std::move(policy));
  }

  const dr::Policy& shared_;
  ProtectionList list_;
  std::vector<s3::BucketName> control_buckets_;  // by destination
};

}  // namespace

s3::TagSet parse_match_tags(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  return tags_of(failure ? json::value() : value);
}

std::string parse_topic(std::string_view text) {
  const auto arn = aws::parse_arn(text);
  const auto named = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!arn || arn->service != "sns" || !aws::is_account_id(arn->account) || arn->resource.size() > 256 ||
      !std::all_of(arn->resource.begin(), arn->resource.end(), named)) {
    throw Error(ErrorKind::invalid, "not the ARN of an SNS topic");
  }
  static_cast<void>(s3::Region::parse(arn->region));
  return std::string(text);
}

std::string parse_role(std::string_view text) {
  if (!aws::is_role_arn(text)) throw Error(ErrorKind::invalid, "not the ARN of an IAM role");
  return std::string(text);
}

ProtectionList parse_protection_list(std::string_view text, const dr::Policy& shared) {
  ListReader reader(shared);
  reader.read(text);
  return reader.take();
}

}  // namespace s3dr::lambda
