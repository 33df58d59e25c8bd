#include "cloud/replication/replication.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "aws/hash.h"
#include "base/cleanup.h"
#include "base/retry.h"
#include "base/task_group.h"
#include "cloud/door/internal_auth.h"
#include "cloud/objects/object_table.h"
#include "cloud/replication/replica_message.h"
#include "cloud/replication/replication_metrics.h"
#include "cloud/replication/service_roles.h"
#include "cloud/store/bucket_table.h"
#include "cloud/store/job_tasks.h"
#include "cloud/store/replication_queue.h"
#include "s3/error_response.h"

namespace s3dr::cloud {
namespace {

struct DueTask {
  std::int64_t id = 0;
  std::int64_t object_version = 0;
  std::string destination;
  std::string rule_id;
  Instant queued{};
  int attempts = 0;
};

struct Sender {
  RegionContext& region;
  Notifier& wake;
  // Pairs of (version, destination), not entries. An entry that replaced the one being sent must wait:
  // otherwise the older state could arrive last and stay.
  std::set<std::pair<std::int64_t, std::string>> under_way;
};

// How an attempt ended: the reason is one of the failure reasons S3 reports (docs/protocol.md, Replication
// semantics), or a text for the log.
enum class Ending { delivered, try_again, failed };
struct Attempt {
  Ending ending = Ending::try_again;
  std::string reason;
};

constexpr int bad_digest_attempts_max = 3;

std::vector<DueTask> due_tasks(RegionContext& region, std::size_t count) {
  std::vector<DueTask> result;
  auto row = region.database.reader().prepare(
      "SELECT id, object_version, destination, rule_id, queued_ms, attempts FROM replication_task WHERE "
      "due_ms <= ? ORDER BY due_ms, id LIMIT ?");
  row.bind(region.clock.now().time_since_epoch().count(), count);
  while (row.step()) {
    result.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3),
                      Instant(milliseconds(row.integer(4))), static_cast<int>(row.integer(5))});
  }
  return result;
}

std::optional<Instant> next_due(RegionContext& region) {
  auto row = region.database.reader().prepare("SELECT MIN(due_ms) FROM replication_task");
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return Instant(milliseconds(row.integer(0)));
}

const Endpoint* peer_endpoint(const RegionContext& region, const s3::Region& peer) {
  for (const auto& [name, endpoint] : region.options.peers) {
    if (name == peer) return &endpoint;
  }
  return nullptr;
}

// Entries that were queued while the rule was live are delivered even after it is disabled.
// If the rule is deleted, they fail.
bool rule_exists(const BucketRow& bucket, const std::string& rule_id) {
  if (!bucket.replication) return false;
  return std::ranges::any_of(bucket.replication->rules,
                             [&](const s3::ReplicationRule& rule) { return rule.id == rule_id; });
}

// The message line, then the data.
class ReplicaBody : public BodyReader {
 public:
  ReplicaBody(std::string message, std::unique_ptr<BodyReader> data)
      : message_(text_reader(std::move(message))), data_(std::move(data)) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    if (message_ != nullptr) {
      const std::size_t count = co_await message_->read(buffer);
      if (count > 0) co_return count;
      message_.reset();
    }
    if (data_ == nullptr) co_return 0;
    co_return co_await data_->read(buffer);
  }

 private:
  std::unique_ptr<BodyReader> message_, data_;
};

HttpRequest replica_request(RegionContext& region, const Endpoint& endpoint, const s3::Region& peer,
                            const std::string& destination, const VersionRow& version,
                            const ReplicaSender& sender) {
  std::string message = write_replica_message(version);
  HttpRequest request;
  request.method = "PUT";
  request.target = std::string(replica_path) + destination;
  request.headers.add("Host", endpoint.host_header());
  request.headers.add(std::string(replica_message_length_header), std::to_string(message.size()));
  request.headers.add(std::string(replica_message_sha256_header), aws::sha256_hex(message));
  add_sender(request.headers, sender);
  sign_internal(region, peer, request, "UNSIGNED-PAYLOAD");
  const std::uint64_t length = message.size() + version.size;
  auto data = version.body ? region.bodies.open(*version.body, 0, version.size) : nullptr;
  request.body = Body(std::make_unique<ReplicaBody>(std::move(message), std::move(data)), length);
  return request;
}

Attempt judge(int status, const Error& error, int attempts) {
  const std::string& code = error.code();
  if (status == 200) return {Ending::delivered, ""};
  if (status == 404 && code == "NoSuchBucket") return {Ending::failed, "DstBucketNotFound"};
  if (status == 409 && code == "InvalidBucketState") return {Ending::failed, "DstBucketUnversioned"};
  if (status == 409 && code == "VersionConflict") return {Ending::failed, "DstPutObjectNotPermitted"};
  // Refused by the destination's policies. A refused signature (AccessDenied) is a fault of this cloud and
  // may go away.
  if (status == 403 && (code.starts_with("Dst") || code == "AssumeRoleNotPermitted"))
    return {Ending::failed, code + ": " + error.message()};
  // A body that does not match its own checksum never will.
  // A few attempts make sure that the network was not the cause.
  if (code == "BadDigest" && attempts + 1 >= bad_digest_attempts_max)
    return {Ending::failed, "SrcGetObjectNotPermitted"};
  return {Ending::try_again, "answered " + std::to_string(status) + " " + code};
}

Task<Attempt> offer(RegionContext& region, const DueTask& task, const std::optional<BucketRow>& bucket,
                    VersionRow version) {
  if (!bucket || !rule_exists(*bucket, task.rule_id))
    co_return Attempt{Ending::failed, "SrcBucketReplicationConfigMissing"};
  const auto owner = region.global.find_bucket(s3::BucketName::parse(task.destination));
  if (!owner) co_return Attempt{Ending::failed, "DstBucketNotFound"};
  if (auto why = why_not_replicated(region, *bucket, version, task.destination, owner->account))
    co_return Attempt{Ending::failed, std::move(*why)};
  const Endpoint* endpoint = peer_endpoint(region, owner->region);
  if (endpoint == nullptr) co_return Attempt{Ending::failed, "DstBucketInvalidRegion"};
  http::SendOptions options;
  options.connect_max = milliseconds(2'000);
  HttpResponse response = co_await region.transport.send(
      *endpoint,
      replica_request(region, *endpoint, owner->region, task.destination, version,
                      replica_sender(region, *bucket, task.destination)),
      options);
  const std::string answer = co_await response.body.read_all(64 * 1024);
  co_return judge(response.status, s3::error_from_response(response.status, response.headers, answer, ""),
                  task.attempts);
}

Task<Attempt> attempt(RegionContext& region, const DueTask& task, const std::optional<BucketRow>& bucket,
                      VersionRow version) {
  try {
    co_return co_await offer(region, task, bucket, std::move(version));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    // The version's own body cannot be read. Repeating does not change that.
    if (error.kind() == ErrorKind::corrupt) co_return Attempt{Ending::failed, "SrcGetObjectNotPermitted"};
    co_return Attempt{Ending::try_again, error.what()};
  }
}

bool open_tasks_left(Connection& db, std::int64_t object_version) {
  auto row = db.prepare("SELECT 1 FROM replication_task WHERE object_version = ? LIMIT 1");
  row.bind(object_version);
  return row.step();
}

bool has_failed(Connection& db, std::int64_t object_version) {
  const auto version = find_version(db, object_version);
  return version && version->replication_status == s3::ReplicationStatus::failed;
}

// Removes the entry from the queue. The status changes only with the version's last entry. With several
// destinations COMPLETED means that all succeeded,
// and FAILED that one failed and none is open (docs/protocol.md, Objects).
void settle(Connection& db, const DueTask& task, const std::optional<MeasuredRule>& measured,
            const Attempt& attempt, Instant now) {
  const bool delivered = attempt.ending == Ending::delivered;
  if (!dequeue_replication(db, task.id)) return;  // replaced meanwhile by a newer entry, which will settle it
  if (measured) count_settled(db, *measured, delivered, now - task.queued, now);
  using enum s3::ReplicationStatus;
  if (!delivered) {
    db.prepare("UPDATE object_version SET replication_status = ? WHERE id = ?")
        .bind(static_cast<int>(failed), task.object_version)
        .run();
    note_job_failure(db, task.object_version, attempt.reason.substr(0, attempt.reason.find(':')));
  }
  if (open_tasks_left(db, task.object_version)) return;
  db.prepare("UPDATE object_version SET replication_status = ? WHERE id = ? AND replication_status = ?")
      .bind(static_cast<int>(completed), task.object_version, static_cast<int>(pending))
      .run();
  // The same holds for a job's task: with several destinations it succeeds only if all succeeded.
  settle_job_tasks(db, task.object_version, !has_failed(db, task.object_version));
}

Task<> conclude(RegionContext& region, const DueTask& task, const std::optional<MeasuredRule>& measured,
                Attempt attempt) {
  if (attempt.ending == Ending::try_again) {
    const RetryPolicy backoff{1, region.options.retry_base, region.options.retry_cap, milliseconds::max()};
    const milliseconds delay = retry_delay(backoff, std::min(task.attempts, 30), region.random);
    const std::int64_t due = (region.clock.now() + delay).time_since_epoch().count();
    region.log.debug("replica not delivered yet",
                     {{"destination", task.destination}, {"why", attempt.reason}});
    co_await region.database.write([&](Connection& db) {
      db.prepare(
            "UPDATE replication_task SET attempts = attempts + 1, due_ms = ?, last_error = ? WHERE id = ?")
          .bind(due, attempt.reason, task.id)
          .run();
    });
    co_return;
  }
  if (attempt.ending != Ending::delivered) {
    region.log.warning("replication failed", {{"destination", task.destination}, {"why", attempt.reason}});
  }
  const Instant now = region.clock.now();
  co_await region.database.write([&](Connection& db) { settle(db, task, measured, attempt, now); });
  if (region.wake_jobs) region.wake_jobs();
}

Task<> send_and_conclude(RegionContext& region, const DueTask& task) {
  auto version = find_version(region.database.reader(), task.object_version);
  if (!version) co_return;  // deleted meanwhile, and its entry with it
  const auto bucket = find_bucket(region.database.reader(), version->bucket);
  const auto measured = bucket ? measured_rule(*bucket, task.destination, task.rule_id) : std::nullopt;
  Attempt ended = co_await attempt(region, task, bucket, std::move(*version));
  co_await conclude(region, task, measured, std::move(ended));
}

Task<> send_one(Sender& sender, DueTask task) {
  RegionContext& region = sender.region;
  bool not_concluded = false;
  try {
    co_await send_and_conclude(region, task);
  } catch (const std::exception& error) {
    if (is_cancellation(std::current_exception())) throw;
    // The database could not be written (disk full …): the entry is still there and still due.
    region.log.error("replication queue not updated", {{"why", error.what()}});
    not_concluded = true;
  }
  if (not_concluded) co_await region.clock.sleep(region.options.retry_cap);
  sender.under_way.erase({task.object_version, task.destination});
  sender.wake.notify();
}

Task<> dispatch(Sender& sender, TaskGroup& group) {
  RegionContext& region = sender.region;
  const auto concurrency = static_cast<std::size_t>(region.options.replication_concurrency);
  while (true) {
    if (sender.under_way.size() < concurrency) {
      for (const DueTask& task : due_tasks(region, concurrency + sender.under_way.size())) {
        if (sender.under_way.size() >= concurrency) break;
        if (sender.under_way.insert({task.object_version, task.destination}).second)
          group.spawn(send_one(sender, task));
      }
    }
    // New entries and every finished send wake this loop. It also wakes when the next postponed entry is due.
    milliseconds pause(60'000);
    if (sender.under_way.empty()) {
      if (const auto due = next_due(region)) {
        pause = std::clamp<milliseconds>(*due - region.clock.now(), milliseconds(1), pause);
      }
    } else if (sender.under_way.size() < concurrency) {
      pause = std::max(region.options.retry_base, milliseconds(1));
    }
    co_await sender.wake.wait(region.clock, pause);
  }
}

}  // namespace

Task<> run_replication(RegionContext& region, Notifier& wake) {
  Sender sender{region, wake, {}};
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* tasks = &group;
  co_await with_clean_up(dispatch(sender, group), [tasks] { return tasks->cancel_and_join(); });
}

}  // namespace s3dr::cloud
