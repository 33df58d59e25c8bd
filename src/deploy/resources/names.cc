#include "deploy/resources/names.h"

#include "aws/arn.h"

namespace s3dr::deploy {

Side side_of(Function function) {
  return function == Function::destination_bucket_check ? Side::destination : Side::source;
}

const dr::Place& Names::place(Side side) const {
  return side == Side::source ? settings_.source : settings_.destination;
}

std::string Names::arn(std::string_view service, const dr::Place& place, std::string_view resource) const {
  return aws::to_string({settings_.partition, std::string(service), place.region.text(), place.account.text(),
                         std::string(resource)});
}

std::string Names::iam_arn(const dr::Place& place, const std::string& role) const {
  return aws::role_arn(settings_.partition, place.account.text(), role);
}

std::string Names::function(Function function) const {
  return settings_.name_prefix + "-" + std::string(to_string(function));
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
  return this->function(function);
}
std::string Names::role_arn(Function function) const {
  return iam_arn(place(function), role(function));
}
std::string Names::remote_role(Function function) const {
  return this->function(function) + "-remote";
}
std::string Names::remote_role_arn(Function function) const {
  const Side other = side_of(function) == Side::source ? Side::destination : Side::source;
  return iam_arn(place(other), remote_role(function));
}
std::string Names::replication_role() const {
  return settings_.replication_role.empty() ? settings_.name_prefix + "-replication"
                                            : settings_.replication_role;
}
std::string Names::replication_role_arn() const {
  return iam_arn(settings_.source, replication_role());
}
std::string Names::batch_role() const {
  return settings_.batch_role.empty() ? settings_.name_prefix + "-batch" : settings_.batch_role;
}
std::string Names::batch_role_arn() const {
  return iam_arn(settings_.source, batch_role());
}
std::string Names::account_arn(Side side) const {
  return aws::to_string({settings_.partition, "iam", "", place(side).account.text(), "root"});
}
std::string Names::topic(Function function) const {
  return this->function(function);
}
std::string Names::topic_arn(Function function) const {
  return arn("sns", place(function), topic(function));
}
std::string Names::dead_letters() const {
  return settings_.name_prefix + "-dead-letters";
}
std::string Names::dead_letters_arn(Side side) const {
  return arn("sqs", place(side), dead_letters());
}
std::string Names::rule(std::string_view purpose) const {
  return settings_.name_prefix + "-" + std::string(purpose);
}
std::string Names::rule_arn(std::string_view purpose, Side side) const {
  return arn("events", place(side), "rule/" + rule(purpose));
}
std::string Names::alarm(std::string_view purpose) const {
  return settings_.name_prefix + "-" + std::string(purpose);
}
std::string Names::alarm_arn(Side side, std::string_view purpose) const {
  return arn("cloudwatch", place(side), "alarm:" + alarm(purpose));
}
std::string Names::event_bus_arn(Side side) const {
  return arn("events", place(side), "event-bus/default");
}
std::string Names::trail() const {
  return settings_.name_prefix + "-bucket-events";
}
std::string Names::trail_arn(Side side) const {
  return arn("cloudtrail", place(side), "trail/" + trail());
}
std::string Names::trail_bucket(Side side) const {
  return settings_.name_prefix + "-trail-" + place(side).account.text() + "-" + place(side).region.text();
}
std::string Names::bucket_arn(std::string_view bucket) const {
  return aws::bucket_arn(settings_.partition, bucket);
}

std::vector<std::string> Names::replica_bucket_arns() const {
  // Names that the template makes too long end in "-dr", whatever the template (dr/replica_name.h).
  std::vector<std::string> result{bucket_arn("*-dr")};
  std::string pattern = settings_.replica_name_template;
  const std::string_view placeholder = "{bucket}";
  if (const auto at = pattern.find(placeholder); at != std::string::npos) {
    pattern.replace(at, placeholder.size(), "*");
    if (pattern != "*-dr") result.push_back(bucket_arn(pattern));
  }
  // Beside the others: replicas from before the namespace was chosen go on.
  if (settings_.replica_namespace == dr::ReplicaNamespace::account_regional) {
    const dr::Place& destination = settings_.destination;
    result.push_back(bucket_arn("*" + s3::account_regional_ending(destination.account, destination.region)));
  }
  return result;
}

}  // namespace s3dr::deploy
