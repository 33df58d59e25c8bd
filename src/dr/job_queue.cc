#include "dr/job_queue.h"

#include <algorithm>
#include <boost/json.hpp>
#include <numeric>
#include <tuple>
#include <utility>

#include "aws/json_fields.h"
#include "base/encoding.h"
#include "dr/plan.h"

namespace s3dr::dr {
namespace {

namespace json = boost::json;
using aws::JsonFields;
using aws::optional_instant;

bool is_older(const QueuedJob& a, const QueuedJob& b) {
  return std::tie(a.since, a.bucket) < std::tie(b.since, b.bucket);
}

void take_out(std::vector<QueuedJob>& list, const s3::BucketName& bucket) {
  std::erase_if(list, [&](const QueuedJob& job) { return job.bucket == bucket; });
}

void put_in(std::vector<QueuedJob>& list, QueuedJob job) {
  const auto place = std::ranges::upper_bound(list, job, is_older);
  list.insert(place, std::move(job));
}

json::array json_of(const std::vector<QueuedJob>& list) {
  json::array result;
  for (const QueuedJob& job : list)
    result.push_back({{"bucket", job.bucket.text()}, {"since", to_iso8601(job.since)}});
  return result;
}

std::vector<QueuedJob> read_list(JsonFields& queue, std::string_view name) {
  std::vector<QueuedJob> result;
  for (const json::value& item : queue.array(name)) {
    JsonFields fields(item, "job queue." + std::string(name), ErrorKind::corrupt);
    QueuedJob job{fields.named<s3::BucketName>("bucket"), fields.instant("since")};
    fields.refuse_unknown();
    result.push_back(std::move(job));
  }
  std::ranges::sort(result, is_older);
  return result;
}

}  // namespace

JobStanding job_standing(const Record& record) {
  // In any other state nobody goes on with the backfill, whatever becomes of its job: the source is gone, the replica
  // was deleted, the tag was removed. It comes in again with the state.
  if (record.state != State::backfilling) return JobStanding::none;
  if (asks_job(&record)) return JobStanding::running;
  return asks_active_jobs(&record, Instant::max()) ? JobStanding::waiting : JobStanding::none;
}

Instant waiting_since(const Record& record) {
  return record.backfill && record.backfill->waiting_since ? *record.backfill->waiting_since : record.changed;
}

JobQueue with_standing(JobQueue queue, const s3::BucketName& bucket, JobStanding standing, Instant since) {
  take_out(queue.waiting, bucket);
  take_out(queue.running, bucket);
  if (standing == JobStanding::waiting) put_in(queue.waiting, {bucket, since});
  if (standing == JobStanding::running) put_in(queue.running, {bucket, since});
  if (queue.waiting.size() > queued_jobs_max) queue.waiting.resize(queued_jobs_max);
  return queue;
}

bool may_walk(const JobQueue& queue, bool place_freed, milliseconds look_again, Instant now) {
  if (queue.waiting.empty() || now < queue.waiting.front().since) return false;
  const bool held = !queue.holder.empty() && queue.held_until && now < *queue.held_until;
  if (held) return false;
  return place_freed || !queue.full_at || now >= *queue.full_at + look_again;
}

JobQueue with_lease(JobQueue queue, std::string holder, Instant now) {
  queue.holder = std::move(holder);
  queue.held_until = now + job_lease;
  return queue;
}

JobQueue without_lease(JobQueue queue, const std::string& holder) {
  if (queue.holder != holder) return queue;
  queue.holder.clear();
  queue.held_until.reset();
  return queue;
}

std::vector<s3::BucketName> to_look_at(const JobQueue& queue, Instant now) {
  std::vector<s3::BucketName> result;
  for (const QueuedJob& job : queue.running) result.push_back(job.bucket);
  if (!queue.waiting.empty() && queue.waiting.front().since <= now)
    result.push_back(queue.waiting.front().bucket);
  return result;
}

std::vector<std::size_t> places_of(const std::vector<QueuedJob>& waiting) {
  std::vector<std::size_t> order(waiting.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return is_older(waiting[a], waiting[b]); });
  std::vector<std::size_t> places(waiting.size());
  for (std::size_t i = 0; i < order.size(); ++i) places[order[i]] = i + 1;
  return places;
}

std::string job_queue_key(const s3::AccountId& account, const s3::Region& region) {
  return "jobs/" + account.text() + "/" + region.text() + ".json";
}

std::string to_json(const JobQueue& queue) {
  return json::serialize(json::object{{"format", job_queue_format},
                                      {"account", queue.account.text()},
                                      {"region", queue.region.text()},
                                      {"holder", queue.holder},
                                      {"held_until", optional_instant(queue.held_until)},
                                      {"full_at", optional_instant(queue.full_at)},
                                      {"waiting", json_of(queue.waiting)},
                                      {"running", json_of(queue.running)}});
}

JobQueue parse_job_queue(std::string_view text) {
  const json::value value = aws::parse_document(text, "job queue", job_queue_bytes_max);
  JsonFields fields(value, "job queue", ErrorKind::corrupt);
  fields.require_known_format(job_queue_format);
  JobQueue queue;
  queue.account = fields.named<s3::AccountId>("account");
  queue.region = fields.named<s3::Region>("region");
  queue.holder = fields.text("holder");
  queue.held_until = fields.optional_instant("held_until");
  queue.full_at = fields.optional_instant("full_at");
  queue.waiting = read_list(fields, "waiting");
  queue.running = read_list(fields, "running");
  fields.refuse_unknown();
  return queue;
}

}  // namespace s3dr::dr
