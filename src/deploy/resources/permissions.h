// Which calls each function makes, and which IAM actions each call needs: the one table from which the roles'
// statements are made (role_policies.h). A test compares it with the calls that stand in src/functions, so
// that a new call without a permission, and a permission without a call, are both found. Pure data. Source of
// the actions: docs/protocol/iam.md.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "deploy/resources/names.h"

namespace s3dr::deploy {

// What a call is about, which decides resource, condition and account.
enum class Subject {
  source_bucket,      // any bucket of the source account
  replica_bucket,     // reads: any bucket of the destination account; a name may be taken by another's bucket
  replica_write,      // creation, with tags: the replica names alone
  replica_change,     // what is there already: the replica names, in the destination account
  replica_policy,     // bucket policies of the replica names
  record,             // objects below records/ in the control bucket
  record_bucket,      // the control bucket itself
  account,            // all buckets of the source account, as a list
  batch_job,          // jobs of the source account, by id
  batch_account,      // jobs yet to be made, and the list of them: AWS knows no narrower resource
  replication_role,   // handed over with a replication configuration
  batch_role,         // handed over with a job
  destination_topic,  // invokes destination_bucket_check
  enable_topic,       // invokes enable_replication
  event_bus,          // one event for each bucket of a sweep
};
std::string_view to_string(Subject subject);
// On which side the subject lives: a function of the other account reaches it through its remote role. Roles
// and topics are reached from where the function is.
std::optional<Side> side_of(Subject subject);

struct Grant {
  Subject subject;
  std::string_view action;
  bool two_accounts = false;  // the call is made with two accounts only
};

// One method of a port (ports/*.h) as a function's code names it, on one of the two sides.
struct PortCall {
  std::string_view
      port;  // "source", "destination", "records", "jobs", the topics: members of functions::Context
  std::string_view method;  // "get_bucket_tagging"
  std::vector<Grant> grants;
};

// Every method the functions call, with what it needs.
const std::vector<PortCall>& port_calls();

struct FunctionCall {
  std::string_view port, method;
};
// What one function calls: what all three do to look (functions/observe.cc, record_store.cc), and its own
// actions (dr/plan.h, `Action::executor`).
std::vector<FunctionCall> calls_of(Function function);

// The grants of all calls of a function and those of its host (the sweep), without repeats, in table order.
std::vector<Grant> grants_of(Function function);

}  // namespace s3dr::deploy
