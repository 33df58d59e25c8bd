// Every name and ARN of a deployment, made from the settings alone. They are known beforehand, so a resource
// can name another one that does not exist yet.
#pragma once

#include <string>
#include <string_view>

#include "deploy/resources/resource.h"
#include "deploy/resources/settings.h"
#include "dr/function.h"

namespace s3dr::deploy {

using dr::all_functions;
using dr::Function;

Side side_of(Function function);

class Names {
 public:
  explicit Names(const Settings& settings) : settings_(settings) {}  // outlives this

  const dr::Place& place(Side side) const;
  const dr::Place& place(Function function) const { return place(side_of(function)); }

  std::string function(Function function) const;  // "s3dr-source_bucket_check"
  std::string function_arn(Function function) const;
  std::string log_group(Function function) const;  // "/aws/lambda/s3dr-source_bucket_check"
  std::string log_group_arn(Function function) const;
  // The role of a function, and the role that it assumes in the other account (two accounts only).
  std::string role(Function function) const;
  std::string role_arn(Function function) const;
  std::string remote_role(Function function) const;
  std::string remote_role_arn(Function function) const;
  std::string replication_role() const;
  std::string replication_role_arn() const;
  std::string batch_role() const;
  std::string batch_role_arn() const;
  // "arn:aws:iam::111122223333:root". As a principal in a policy it means the account.
  std::string account_arn(Side side) const;
  // The topic that invokes this function; source_bucket_check has none.
  std::string topic(Function function) const;
  std::string topic_arn(Function function) const;
  std::string dead_letters() const;
  std::string dead_letters_arn(Side side) const;
  std::string rule(std::string_view purpose) const;  // "bucket-events", "bucket-checks", "sweep"
  std::string rule_arn(std::string_view purpose, Side side = Side::source) const;
  std::string alarm(std::string_view purpose) const;
  std::string alarm_arn(Side side, std::string_view purpose) const;
  std::string event_bus_arn(Side side = Side::source) const;  // the default one of that region
  std::string trail() const;
  std::string trail_arn(Side side) const;
  std::string trail_bucket(Side side) const;
  std::string bucket_arn(std::string_view bucket) const;
  // Where replicas may be written: "arn:aws:s3:::*-dr", and what the replica name template gives.
  std::vector<std::string> replica_bucket_arns() const;

  std::string arn(std::string_view service, const dr::Place& place, std::string_view resource) const;

 private:
  std::string iam_arn(const dr::Place& place, const std::string& role) const;
  const Settings& settings_;
};

}  // namespace s3dr::deploy
