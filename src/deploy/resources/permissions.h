// Which calls each function makes, and which IAM actions each call needs. The statements of the roles are
// made from this one table (deploy/declare/role_policies.h). Pure data. Source of the actions:
// docs/protocol/iam.md. A test compares the table with the calls in src/functions. It finds a call without a
// permission and a permission without a call. Lambda permissions: deploy/kinds/kind_permission.cc.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "deploy/resources/names.h"

namespace s3dr::deploy {

// What a call is about. It decides resource, condition and account.
enum class Subject {
  source_bucket,      // any bucket of the source account
  replica_bucket,     // reads: any bucket of the destination account; another bucket may have the name
  replica_write,      // creation with tags: the replica names only
  replica_change,     // changes of what exists: the replica names, in the destination account
  replica_policy,     // bucket policies of the replica names
  source_setting,     // the settings of any bucket of the source account: read only
  replica_setting,    // the settings of the replica names, in the destination account
  record,             // objects below records/ in the control bucket
  heartbeat,          // objects below heartbeat/ in the control bucket
  job_queue,          // objects below jobs/ in the control bucket
  record_bucket,      // the control bucket itself
  account,            // all buckets of the source account, as a list
  batch_job,          // jobs of the source account, by id
  batch_account,      // making a job, and the list of jobs: AWS has no narrower resource for these
  job_report,         // reports of backfill jobs in the reports bucket
  replication_role,   // passed with a replication configuration
  batch_role,         // passed with a job
  destination_topic,  // invokes destination_bucket_check
  enable_topic,       // invokes enable_replication
  event_bus,          // one event for each bucket of a sweep
};
std::string_view to_string(Subject subject);
// The side of the subject. A function of the other account reaches it through its remote role. Roles and
// topics have no side: they are reached from where the function is.
std::optional<Side> side_of(Subject subject);

struct Grant {
  Subject subject;
  std::string_view action;
};

// One method of a port (ports/*.h) as a function's code names it, on one of the two sides.
struct PortCall {
  // A member of functions::Context: "source", "destination", "records", "jobs" or one of the topics.
  std::string_view port;
  std::string_view method;  // "get_bucket_tagging"
  std::vector<Grant> grants;
};

// Every method that the functions call, with what it needs.
const std::vector<PortCall>& port_calls();

struct FunctionCall {
  std::string_view port, method;
};
// What one function calls: the reads that all three make (functions/observe.cc, functions/record_store.cc),
// and its own actions (dr/plan.h, `Action::executor`).
std::vector<FunctionCall> calls_of(Function function);

// The grants of all calls of a function and those of its host (the sweep), without repeats, in table order.
std::vector<Grant> grants_of(Function function);

}  // namespace s3dr::deploy
