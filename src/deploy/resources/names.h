// Every name and ARN of a deployment, made from the settings alone. They are known beforehand, so a resource
// can name another one that does not exist yet. What stands at a destination has the same name at each of them.
// Roles are an exception: an account has them once for all regions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/resources/resource.h"
#include "deploy/resources/settings.h"
#include "dr/function.h"

namespace s3dr::deploy {

using dr::all_functions;
using dr::Function;

Side side_of(Function function);

class Names {
 public:
  // Of the source and of one destination: where it is in destinations_of. The settings outlive this.
  explicit Names(const Settings& settings, std::size_t destination = 0);

  const dr::Place& place(Side side) const;
  const dr::Place& place(Function function) const { return place(side_of(function)); }

  std::string function(Function function) const;  // "s3dr-source_bucket_check"
  std::string function_arn(Function function) const;
  std::string log_group(Function function) const;  // "/aws/lambda/s3dr-source_bucket_check"
  std::string log_group_arn(Function function) const;
  // "us-east-2"; "444455556666/us-east-2" if two destinations of different accounts are in one region.
  std::string place_text(const dr::Place& place) const;
  std::string place_text(Side side) const { return place_text(place(side)); }
  // The role of a function, and the role that it assumes in the other account (two accounts only). For the first
  // destination they have no ending, for another one "-<account>-<region>". What is too long for IAM ends in a checksum.
  std::string role(Function function) const;
  std::string role_arn(Function function) const;
  std::string remote_role(Function function) const;
  std::string remote_role_arn(Function function) const;
  // The names that the same two roles have if the order of the protections is another one.
  std::string role_in_other_order(Function function) const;
  std::string remote_role_in_other_order(Function function) const;
  std::string replication_role() const;
  std::string replication_role_arn() const;
  std::string batch_role() const;
  std::string batch_role_arn() const;
  std::string role_arn(Side side, const std::string& role) const;
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
  const s3::BucketName& control_bucket() const { return control_bucket_; }
  std::string trail() const;
  std::string trail_arn(Side side) const;
  std::string trail_bucket(Side side) const;
  std::string bucket_arn(std::string_view bucket) const;
  // Where replicas may be written at this destination: "arn:aws:s3:::*-dr", and what the replica name templates give.
  std::vector<std::string> replica_bucket_arns() const;

  std::string arn(std::string_view service, const dr::Place& place, std::string_view resource) const;

 private:
  std::string iam_arn(const dr::Place& place, const std::string& role) const;
  std::string destination_ending() const;
  const Settings* settings_;
  dr::Place destination_;
  s3::BucketName control_bucket_;
  bool is_first_;               // of the destinations
  bool regions_are_ambiguous_;  // destinations of two accounts are in one region
};

// Of each destination, in the order of destinations_of. The settings outlive them.
std::vector<Names> all_destinations(const Settings& settings);

}  // namespace s3dr::deploy
