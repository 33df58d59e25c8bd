#include "deploy/apply.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"

namespace s3dr::deploy {
namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct Run {
  ResourceKinds& kinds;
  PlanOptions owner;
  Clock& clock;
  ApplyOptions options;
  Progress progress;
  ApplyResult result;
};

Error about(const Error& error, const Resource& resource) {
  Error named(error.kind(), resource.id() + ": " + error.message());
  named.with_code(error.code()).with_status(error.status()).with_request_id(error.request_id());
  named.with_resource(resource.arn).with_advice(error.advice());
  return named;
}

// After one of these errors the resource is read again, then the same call is repeated.
bool may_try_again(const Error& error) {
  return is_not_ready(error) || error.kind() == ErrorKind::throttled ||
         error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::outcome_unknown ||
         error.kind() == ErrorKind::precondition_failed;
}

// The plan may be older than the resource. Owner and differences are those of the resource as it is now.
void refuse_others(const Run& run, const Change& change, const Live& live) {
  if (is_ours(change, live, run.owner)) return;
  throw Error(ErrorKind::invalid, "it has become somebody else's since it was planned")
      .with_advice("it was left alone; see s3dr deploy plan");
}

void refuse_unplanned(const Change& planned, const std::vector<FieldChange>& now) {
  for (const FieldChange& field : now) {
    if (std::ranges::find(planned.fields, field.path, &FieldChange::path) == planned.fields.end())
      throw Error(ErrorKind::invalid, "the plan is stale: " + field.path + " has changed since")
          .with_advice("make a new one: s3dr deploy plan --out FILE");
  }
}

Task<> carry_out(Run& run, Change change) {
  ResourceKind& kind = run.kinds.of(change.resource);
  switch (change.kind) {
    case ChangeKind::create:
      co_await kind.create(change.resource);
      break;
    case ChangeKind::update: {
      auto live = co_await kind.read(change.resource);
      if (!live) throw Error(ErrorKind::precondition_failed, "it has gone meanwhile");
      refuse_others(run, change, *live);
      std::vector<FieldChange> fields = differences(live->properties, change.resource.properties);
      if (run.options.only_planned) refuse_unplanned(change, fields);
      if (!fields.empty()) co_await kind.update(change.resource, std::move(*live), std::move(fields));
      break;
    }
    case ChangeKind::remove: {
      const auto live = co_await kind.read(change.resource);
      if (!live) co_return;
      refuse_others(run, change, *live);
      co_await kind.remove(change.resource);
      break;
    }
    case ChangeKind::unchanged:
    case ChangeKind::foreign:
    case ChangeKind::shared:
      break;
  }
}

// The change that the resource needs now. A resource that has become somebody else's is raised.
Task<Change> look_again(Run& run, Change before) {
  if (before.kind == ChangeKind::remove) co_return before;  // carry_out() reads it again
  LiveResources live;
  auto seen = co_await run.kinds.of(before.resource).read(before.resource);
  if (seen) live.emplace(before.resource.id(), std::move(*seen));
  DeploymentPlan now = plan({before.resource}, live, run.owner);
  if (now.changes.empty()) {
    before.kind = ChangeKind::unchanged;
    co_return before;
  }
  if (now.blocked()) throw Error(ErrorKind::precondition_failed, now.changes.front().reason);
  co_return std::move(now.changes.front());
}

// What is left to do; nullopt of the pair: it is done.
struct Attempt {
  std::optional<Error> failure;
};

Task<Attempt> attempt(Run& run, Change& change, bool is_repeat) {
  Attempt result;
  try {
    if (is_repeat) change = co_await look_again(run, change);
    if (change.pending()) co_await carry_out(run, change);
  } catch (const Error& error) {
    if (!may_try_again(error)) throw about(error, change.resource);
    result.failure = error;
  }
  co_return result;
}

Task<> wait_until_ready(Run& run, Resource resource, milliseconds started) {
  ResourceKind& kind = run.kinds.of(resource);
  while (true) {
    const std::string why = co_await kind.pending(resource);
    if (why.empty()) co_return;
    if (run.clock.uptime() - started >= run.options.not_ready_max) {
      throw Error(ErrorKind::unavailable, resource.id() + ": still not ready: " + why)
          .with_resource(resource.arn)
          .with_advice("run the same command again: it goes on where it stopped");
    }
    run.progress(resource.id() + ": " + why, false);
    co_await run.clock.sleep(run.options.not_ready_delay);
  }
}

void count(ApplyResult& result, ChangeKind kind) {
  if (kind == ChangeKind::create) ++result.created;
  if (kind == ChangeKind::update) ++result.updated;
  if (kind == ChangeKind::remove) ++result.removed;
}

std::string done_text(const Change& change) {
  switch (change.kind) {
    case ChangeKind::create:
      return "created  " + change.resource.id();
    case ChangeKind::remove:
      return "deleted  " + change.resource.id();
    default:
      return "updated  " + change.resource.id() + " (" + change.reason + ")";
  }
}

Task<> bring_about(Run& run, Change change) {
  const ChangeKind asked = change.kind;
  const std::string done = done_text(change);
  const Resource resource = change.resource;
  const milliseconds started = run.clock.uptime();
  for (bool is_repeat = false;; is_repeat = true) {
    Attempt tried = co_await attempt(run, change, is_repeat);
    if (!tried.failure) break;
    if (run.clock.uptime() - started >= run.options.not_ready_max) throw about(*tried.failure, resource);
    run.progress(resource.id() + ": waiting: " + tried.failure->message(), false);
    co_await run.clock.sleep(run.options.not_ready_delay);
  }
  if (asked != ChangeKind::remove) co_await wait_until_ready(run, resource, started);
  count(run.result, asked);
  run.progress(done, true);
}

}  // namespace

bool is_not_ready(const Error& error) {
  const std::string& code = error.code();
  const std::string& text = error.message();
  // Lambda: a new role; IAM and SNS: a principal that was made just now; EventBridge and event-invoke configs
  // check the queue and the role.
  if (code == "InvalidParameterValueException")
    return contains(text, "cannot be assumed") || contains(text, "does not have permissions") ||
           contains(text, "execution role");
  if (code == "InvalidParameter") return contains(text, "PrincipalNotFound");
  if (code == "MalformedPolicyDocument" || code == "MalformedPolicyDocumentException")
    return contains(text, "Invalid principal");
  // S3: a bucket that was made just now is not seen everywhere. CloudTrail: nor are it and its policy.
  if (code == "NoSuchBucket" || code == "S3BucketDoesNotExistException" ||
      code == "InsufficientS3BucketPolicyException")
    return true;
  // SQS blocks a name for a minute.
  if (code == "QueueDeletedRecently" || code == "AWS.SimpleQueueService.QueueDeletedRecently") return true;
  // Lambda: one change at a time.
  if (code == "ResourceConflictException")
    return contains(text, "in progress") || contains(text, "Pending") || contains(text, "pending");
  return false;
}

Task<LiveResources> read_all(ResourceKinds& kinds, std::vector<Resource> declared, Progress progress) {
  LiveResources live;
  for (const Resource& resource : declared) {
    progress("reading  " + resource.id(), false);
    std::optional<Live> seen;
    try {
      seen = co_await kinds.of(resource).read(resource);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      throw about(error, resource);
    }
    if (seen) live.emplace(resource.id(), std::move(*seen));
  }
  co_return live;
}

Task<ApplyResult> apply(ResourceKinds& kinds, DeploymentPlan plan, PlanOptions owner, Clock& clock,
                        ApplyOptions options, Progress progress) {
  if (plan.blocked()) {
    for (const Change& change : plan.changes) {
      if (change.kind != ChangeKind::foreign) continue;
      throw Error(ErrorKind::precondition_failed, change.resource.id() + ": " + change.reason)
          .with_resource(change.resource.arn)
          .with_advice("nothing was changed; see s3dr deploy plan");
    }
  }
  Run run{kinds, std::move(owner), clock, options, std::move(progress), {}};
  for (const Change& change : plan.changes) {
    if (change.kind == ChangeKind::create || change.kind == ChangeKind::update)
      co_await bring_about(run, change);
  }
  // Backwards through a plan that creates; a plan of destruction is backwards already.
  std::vector<Change> removals;
  for (const Change& change : plan.changes) {
    if (change.kind == ChangeKind::remove) removals.push_back(change);
  }
  for (const Change& change : removals) co_await bring_about(run, change);
  co_return run.result;
}

}  // namespace s3dr::deploy
