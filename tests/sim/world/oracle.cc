#include "sim/world/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "cloud/store/database.h"
#include "dr/record.h"
#include "dr/replication_rule.h"
#include "s3/xml_bucket.h"

namespace s3dr::sim {
namespace {

struct Row {
  std::string key, version_id, facts, tags, body;
  std::int64_t created_ms = 0, sequence = 0;
  bool is_latest = false, is_marker = false;
  int status = 0;
};

std::map<std::pair<std::string, std::string>, Row> rows_of(RegionNode& region, const std::string& bucket) {
  std::map<std::pair<std::string, std::string>, Row> result;
  cloud::Connection db(region.storage().open_database());
  auto row = db.prepare(
      "SELECT key, version_id, object_version.created_ms, sequence, is_latest, replication_status, body, "
      "size, is_marker, "
      "etag, "
      "checksum_algorithm, checksum_value, system_metadata, user_metadata, object_version.tags "
      "FROM object_version JOIN bucket ON bucket.id = bucket WHERE bucket.name = ?");
  row.bind(bucket);
  while (row.step()) {
    Row version;
    version.key = row.text(0);
    version.version_id = row.text(1);
    version.created_ms = row.integer(2);
    version.sequence = row.integer(3);
    version.is_latest = row.integer(4) != 0;
    version.status = static_cast<int>(row.integer(5));
    if (!row.is_null(6))
      version.body = body_text(region, row.text(6), static_cast<std::uint64_t>(row.integer(7)));
    version.is_marker = row.integer(8) != 0;
    version.tags = row.text(14);
    version.facts = fmt::format("{} {} {} {} {} {} {}", row.integer(7), row.integer(8), row.text(9),
                                row.text(10), row.text(11), row.text(12), row.text(13));
    const auto place = std::pair(version.key, version.version_id);
    result.emplace(place, std::move(version));
  }
  return result;
}

}  // namespace

std::string body_text(RegionNode& region, const std::string& id, std::uint64_t size) {
  const auto reader = region.storage().bodies().open(id, 0, size);
  std::string text(size, '\0');
  std::size_t filled = 0;
  // Memory readers never suspend, so a bare event loop runs them to their end.
  boost::asio::io_context io;
  const auto read_all = [](BodyReader& from, std::string& into, std::size_t& at) -> Task<> {
    while (at < into.size()) {
      const std::size_t count = co_await from.read(std::span<char>(into.data() + at, into.size() - at));
      if (count == 0) break;
      at += count;
    }
  };
  boost::asio::co_spawn(io, read_all(*reader, text, filled), [](std::exception_ptr) {});
  io.run();
  text.resize(filled);
  return text;
}

std::vector<std::string> unfaithful(Cluster& cluster, const std::string& source_bucket,
                                    const std::string& replica_bucket, Instant as_of,
                                    const VersionSet& retagged, std::size_t protection) {
  std::vector<std::string> findings;
  const auto source = rows_of(cluster.source(), source_bucket);
  const auto replica = rows_of(cluster.destination(protection), replica_bucket);
  const std::int64_t cut_off = as_of.time_since_epoch().count();
  std::map<std::string, std::tuple<std::int64_t, std::int64_t, std::string>> newest_source, newest_replica;
  for (const auto& [place, version] : source) {
    if (version.created_ms > cut_off) continue;
    auto& newest = newest_source[version.key];
    newest = std::max(newest, std::tuple(version.created_ms, version.sequence, version.version_id));
    const auto other = replica.find(place);
    const std::string name = version.key + " " + version.version_id;
    if (other == replica.end()) {
      findings.push_back("missing: " + name);
      continue;
    }
    const Row& copy = other->second;
    if (copy.facts != version.facts)
      findings.push_back("differs: " + name + ": " + version.facts + " / " + copy.facts);
    if (copy.tags != version.tags && !retagged.contains(place))
      findings.push_back("tags differ: " + name + ": " + version.tags + " / " + copy.tags);
    if (copy.body != version.body) findings.push_back("bytes differ: " + name);
    if (copy.created_ms != version.created_ms || copy.sequence != version.sequence) {
      findings.push_back("out of place: " + name);
    }
  }
  for (const auto& [place, version] : replica) {
    if (version.created_ms > cut_off) continue;
    auto& newest = newest_replica[version.key];
    newest = std::max(newest, std::tuple(version.created_ms, version.sequence, version.version_id));
    if (!source.contains(place) && version.status != static_cast<int>(s3::ReplicationStatus::replica)) {
      findings.push_back("not by replication: " + version.key + " " + version.version_id);
    }
  }
  for (const auto& [key, newest] : newest_source) {
    // A purge on the source does not travel: the replica may show a version that the source no longer has.
    const auto other = newest_replica.find(key);
    if (other != newest_replica.end() && std::get<2>(other->second) != std::get<2>(newest) &&
        source.contains({key, std::get<2>(other->second)})) {
      findings.push_back("another current version: " + key);
    }
  }
  return findings;
}

std::vector<std::string> misfits(RegionNode& region, const std::string& bucket, Book book) {
  std::vector<std::string> findings;
  const auto rows = rows_of(region, bucket);
  for (const auto& [place, written] : book.acknowledged) {
    const auto found = rows.find(place);
    const std::string name = bucket + " " + place.first + " " + place.second;
    if (found == rows.end()) {
      findings.push_back("acknowledged, but gone: " + name);
    } else if (place.second != "null" &&
               (found->second.body != written.body || found->second.is_marker != written.marker)) {
      findings.push_back("acknowledged, but other data: " + name);
    }
  }
  for (const auto& [place, row] : rows) {
    if (book.acknowledged.contains(place) || book.maybe_deleted.contains(place)) continue;
    const std::string name = bucket + " " + place.first + " " + place.second;
    if (row.is_marker) {
      if (--book.unanswered_markers[place.first] < 0)
        findings.push_back("a marker nobody asked for: " + name);
    } else if (book.unanswered.erase({place.first, row.body}) == 0) {
      findings.push_back("written twice or by nobody: " + name);
    }
  }
  return findings;
}

std::set<std::string> bucket_names(RegionNode& region) {
  std::set<std::string> names;
  cloud::Connection db(region.storage().open_database());
  auto row = db.prepare("SELECT name FROM bucket");
  while (row.step()) names.insert(row.text(0));
  return names;
}

std::string replication_xml(RegionNode& region, const std::string& bucket) {
  cloud::Connection db(region.storage().open_database());
  auto row = db.prepare("SELECT replication_xml FROM bucket WHERE name = ?");
  row.bind(bucket);
  return row.step() ? row.text(0) : std::string();
}

bool has_live_rule(Cluster& cluster, const s3::BucketName& bucket, std::size_t protection) {
  return has_live_rule(cluster, bucket, replication_xml(cluster.source(), bucket.text()), protection);
}

bool has_live_rule(const Cluster& cluster, const s3::BucketName& bucket, const std::string& xml,
                   std::size_t protection) {
  if (xml.empty()) return false;
  const s3::ReplicationConfiguration configuration = s3::parse_replication_configuration(xml);
  const s3::ReplicationRule* rule =
      dr::find_rule(configuration, dr::rule_id(cluster.protections()[protection], bucket));
  return rule != nullptr && rule->status == s3::Switch::enabled;
}

std::vector<JobRow> jobs(RegionNode& region) {
  std::vector<JobRow> result;
  cloud::Connection db(region.storage().open_database());
  auto row = db.prepare("SELECT token, status, tasks_failed FROM job ORDER BY token");
  while (row.step()) result.push_back({row.text(0), row.text(1), row.integer(2)});
  return result;
}

std::vector<std::string> miscounted(RegionNode& region) {
  // What is kept, and what the rows say.
  static constexpr std::pair<const char*, const char*> numbers[] = {
      {"SELECT 'job ' || id || ' ' || tasks_total || ' ' || tasks_succeeded || ' ' || tasks_failed FROM job",
       "SELECT 'job ' || job.id || ' ' || COUNT(job_task.job) || ' ' || COALESCE(SUM(state = 1), 0) || ' ' "
       "|| "
       "COALESCE(SUM(state = 2), 0) FROM job LEFT JOIN job_task ON job_task.job = job.id GROUP BY job.id"},
      {"SELECT 'queue ' || bucket || ' ' || destination || ' ' || rule_id || ' ' || operations || ' ' || "
       "bytes "
       "FROM replication_pending WHERE operations <> 0 OR bytes <> 0",
       "SELECT 'queue ' || bucket || ' ' || destination || ' ' || rule_id || ' ' || COUNT(*) || ' ' || "
       "SUM(size) "
       "FROM replication_task JOIN object_version ON object_version.id = object_version GROUP BY bucket, "
       "destination, rule_id"},
      {"SELECT 'events ' || count FROM row_count WHERE name = 'event'",
       "SELECT 'events ' || COUNT(*) FROM event"},
  };
  cloud::Connection db(region.storage().open_database());
  const auto rows_of = [&db](const char* sql) {
    std::set<std::string> rows;
    auto row = db.prepare(sql);
    while (row.step()) rows.insert(row.text(0));
    return rows;
  };
  std::vector<std::string> findings;
  for (const auto& [kept, counted] : numbers)
    std::ranges::set_symmetric_difference(rows_of(kept), rows_of(counted), std::back_inserter(findings));
  return findings;
}

std::string record_text(Cluster& cluster, const std::string& source_bucket) {
  const std::string key = dr::record_key(cluster.policy().source_account, cluster.policy().source_region,
                                         s3::BucketName::parse(source_bucket));
  for (const auto& [place, version] :
       rows_of(cluster.destination(), cluster.policy().control_bucket.text())) {
    if (version.key == key && version.is_latest) return version.body;
  }
  return "";
}

}  // namespace s3dr::sim
