#include "deploy/resources/names.h"

#include <algorithm>

#include "aws/arn.h"
#include "aws/hash.h"

namespace s3dr::deploy {

Side side_of(Function function) {
  return function == Function::destination_bucket_check ? Side::destination : Side::source;
}

namespace {

constexpr std::size_t role_name_max = 64;
constexpr std::size_t checksum_length = 8;

// IAM takes no longer name. The beginning stays: the deployer's policy goes by the prefix.
std::string role_name(std::string name) {
  if (name.size() <= role_name_max) return name;
  const std::string checksum = "-" + aws::sha256_hex(name).substr(0, checksum_length);
  return name.substr(0, role_name_max - checksum.size()) + checksum;
}

bool shares_its_region(const std::vector<dr::Place>& places, const dr::Place& place) {
  return std::ranges::count(places, place.region, &dr::Place::region) > 1;
}

}  // namespace

Names::Names(const Settings& settings, std::size_t destination) : settings_(&settings) {
  const std::vector<dr::Place> places = destinations_of(settings);
  destination_ = places.at(destination);
  control_bucket_ = protections_to(settings, destination_).front().control_bucket;
  is_first_ = destination == 0;
  regions_are_ambiguous_ =
      std::ranges::any_of(places, [&](const dr::Place& place) { return shares_its_region(places, place); });
}

const dr::Place& Names::place(Side side) const {
  return side == Side::source ? settings_->source : destination_;
}

std::string Names::place_text(const dr::Place& place) const {
  return (regions_are_ambiguous_ ? place.account.text() + "/" : "") + place.region.text();
}

std::string Names::destination_ending() const {
  return "-" + destination_.account.text() + "-" + destination_.region.text();
}

std::string Names::arn(std::string_view service, const dr::Place& place, std::string_view resource) const {
  return aws::to_string({settings_->partition, std::string(service), place.region.text(),
                         place.account.text(), std::string(resource)});
}

std::string Names::iam_arn(const dr::Place& place, const std::string& role) const {
  return aws::role_arn(settings_->partition, place.account.text(), role);
}

std::string Names::function(Function function) const {
  return settings_->name_prefix + "-" + std::string(to_string(function));
}
std::string Names::function_arn(Function function) const {
  return arn("lambda", place(function), "function:" + this->function(function));
}
std::string Names::log_group(Function function) const {
  return "/aws/lambda/" + this->function(function);
}
std::string Names::log_group_arn(Function function) const {
  return arn("logs", place(function), "log-group:" + log_group(function));
}
std::string Names::role(Function function) const {
  const bool is_one_of_several = side_of(function) == Side::destination && !is_first_;
  return role_name(this->function(function) + (is_one_of_several ? destination_ending() : ""));
}
std::string Names::role_in_other_order(Function function) const {
  return role_name(this->function(function) + (is_first_ ? destination_ending() : ""));
}
std::string Names::role_arn(Function function) const {
  return iam_arn(place(function), role(function));
}
std::string Names::remote_role(Function function) const {
  return role_name(this->function(function) + "-remote" + (is_first_ ? "" : destination_ending()));
}
std::string Names::remote_role_in_other_order(Function function) const {
  return role_name(this->function(function) + "-remote" + (is_first_ ? destination_ending() : ""));
}
std::string Names::remote_role_arn(Function function) const {
  const Side other = side_of(function) == Side::source ? Side::destination : Side::source;
  return iam_arn(place(other), remote_role(function));
}
std::string Names::replication_role() const {
  return settings_->replication_role.empty() ? settings_->name_prefix + "-replication"
                                             : settings_->replication_role;
}
std::string Names::replication_role_arn() const {
  return iam_arn(settings_->source, replication_role());
}
std::string Names::batch_role() const {
  return settings_->batch_role.empty() ? settings_->name_prefix + "-batch" : settings_->batch_role;
}
std::string Names::batch_role_arn() const {
  return iam_arn(settings_->source, batch_role());
}
std::string Names::role_arn(Side side, const std::string& role) const {
  return iam_arn(place(side), role);
}
std::string Names::account_arn(Side side) const {
  return aws::to_string({settings_->partition, "iam", "", place(side).account.text(), "root"});
}
std::string Names::topic(Function function) const {
  return this->function(function);
}
std::string Names::topic_arn(Function function) const {
  return arn("sns", place(function), topic(function));
}
std::string Names::dead_letters() const {
  return settings_->name_prefix + "-dead-letters";
}
std::string Names::dead_letters_arn(Side side) const {
  return arn("sqs", place(side), dead_letters());
}
std::string Names::rule(std::string_view purpose) const {
  return settings_->name_prefix + "-" + std::string(purpose);
}
std::string Names::rule_arn(std::string_view purpose, Side side) const {
  return arn("events", place(side), "rule/" + rule(purpose));
}
std::string Names::alarm(std::string_view purpose) const {
  return settings_->name_prefix + "-" + std::string(purpose);
}
std::string Names::alarm_arn(Side side, std::string_view purpose) const {
  return arn("cloudwatch", place(side), "alarm:" + alarm(purpose));
}
std::string Names::event_bus_arn(Side side) const {
  return arn("events", place(side), "event-bus/default");
}
std::string Names::trail() const {
  return settings_->name_prefix + "-bucket-events";
}
std::string Names::trail_arn(Side side) const {
  return arn("cloudtrail", place(side), "trail/" + trail());
}
std::string Names::trail_bucket(Side side) const {
  return settings_->name_prefix + "-trail-" + place(side).account.text() + "-" + place(side).region.text();
}
std::string Names::bucket_arn(std::string_view bucket) const {
  return aws::bucket_arn(settings_->partition, bucket);
}

std::vector<std::string> Names::replica_bucket_arns() const {
  // Names that the template makes too long end in "-dr", whatever the template (dr/replica_name.h).
  std::vector<std::string> result{bucket_arn("*-dr")};
  const auto add = [&](const std::string& pattern) {
    const std::string arn = bucket_arn(pattern);
    if (std::ranges::find(result, arn) == result.end()) result.push_back(arn);
  };
  const std::vector<Protection> protections = protections_to(*settings_, destination_);
  const std::string_view placeholder = "{bucket}";
  for (const Protection& protection : protections) {
    std::string pattern = protection.replica_name_template;
    if (const auto at = pattern.find(placeholder); at != std::string::npos) {
      pattern.replace(at, placeholder.size(), "*");
      add(pattern);
    }
  }
  // Beside the others: replicas from before the namespace was chosen go on.
  for (const Protection& protection : protections) {
    if (protection.replica_namespace != dr::ReplicaNamespace::account_regional) continue;
    add("*" + s3::account_regional_ending(destination_.account, destination_.region));
  }
  return result;
}

std::vector<Names> all_destinations(const Settings& settings) {
  std::vector<Names> result;
  for (std::size_t i = 0; i < destinations_of(settings).size(); ++i) result.emplace_back(settings, i);
  return result;
}

}  // namespace s3dr::deploy
