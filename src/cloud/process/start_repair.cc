#include "cloud/process/start_repair.h"

#include <unordered_set>

#include "cloud/store/bucket_table.h"
#include "cloud/store/immediate_transaction.h"
#include "cloud/store/job_tasks.h"
#include "cloud/store/replication_queue.h"

namespace s3dr::cloud {
namespace {

std::size_t remove_leftover_bodies(RegionContext& region, std::vector<std::string> queries) {
  std::unordered_set<std::string> used;
  queries.emplace_back("SELECT body FROM object_version WHERE body IS NOT NULL");
  queries.emplace_back("SELECT body FROM part WHERE body IS NOT NULL");
  for (const std::string& sql : queries) {
    auto rows = region.database.reader().prepare(sql);
    while (rows.step()) used.insert(rows.text(0));
  }
  std::size_t removed = 0;
  for (const std::string& id : region.bodies.list()) {
    if (used.contains(id)) continue;
    region.bodies.remove(id);
    ++removed;
  }
  return removed;
}

std::size_t release_unfinished_names(RegionContext& region) {
  std::size_t released = 0;
  for (const ClaimedBucket& claim : region.global.find_buckets(region.options.region)) {
    if (find_bucket(region.database.reader(), claim.name.text())) continue;
    region.global.release_bucket(claim.name, claim.owner);
    ++released;
  }
  return released;
}

std::size_t reclaim_lost_names(RegionContext& region) {
  std::size_t reclaimed = 0;
  auto rows = region.database.reader().prepare("SELECT name, account, created_ms FROM bucket");
  while (rows.step()) {
    const auto name = s3::BucketName::parse(rows.text(0));
    const BucketOwner owner{region.options.region, s3::AccountId::parse(rows.text(1))};
    const auto holder = region.global.find_bucket(name);
    if (holder == owner) continue;
    if (!holder && region.global.claim_bucket(name, owner, Instant(milliseconds(rows.integer(2))))) {
      ++reclaimed;
      continue;
    }
    region.log.error("bucket name belongs to another region or account", {{"bucket", name.text()}});
  }
  return reclaimed;
}

// No other task runs yet, so the reader may write.
std::size_t recount(RegionContext& region) {
  Connection& db = region.database.reader();
  ImmediateTransaction transaction(db);
  const std::size_t wrong = recount_job_tasks(db);
  recount_replication(db);
  transaction.commit();
  return wrong;
}

}  // namespace

StartRepair repair_at_start(RegionContext& region, const std::vector<std::string>& bodies_in_use) {
  StartRepair result;
  result.bodies_removed = remove_leftover_bodies(region, bodies_in_use);
  result.names_released = release_unfinished_names(region);
  result.names_reclaimed = reclaim_lost_names(region);
  result.jobs_recounted = recount(region);
  if (result.jobs_recounted > 0) {
    region.log.warning("counts of batch jobs did not equal their tasks and were set right",
                       {{"jobs", std::to_string(result.jobs_recounted)}});
  }
  if (result.bodies_removed + result.names_released + result.names_reclaimed > 0) {
    region.log.info("leftovers of a crash set right",
                    {{"bodies_removed", std::to_string(result.bodies_removed)},
                     {"names_released", std::to_string(result.names_released)},
                     {"names_reclaimed", std::to_string(result.names_reclaimed)}});
  }
  return result;
}

}  // namespace s3dr::cloud
