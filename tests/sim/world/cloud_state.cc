#include "sim/world/cloud_state.h"

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <map>

#include "cloud/store/database.h"

namespace s3dr::sim {
namespace {

namespace json = boost::json;

// Of the region's database, each a row of texts. Messages, events, logs and figures under way are left out.
constexpr const char* region_queries[] = {
    "SELECT 'queue', account, name, attributes, tags FROM sqs_queue",
    "SELECT 'function', account, name, configuration, environment, policy, tags, event_invoke, concurrency, "
    "settling FROM lambda_function",
    "SELECT 'topic', account, name, attributes, tags FROM sns_topic",
    "SELECT 'subscription', topic_arn, account, protocol, endpoint, attributes FROM sns_subscription",
    "SELECT 'rule', account, name, description, pattern, schedule, role, enabled, tags FROM event_rule",
    "SELECT 'target', event_rule.account, event_rule.name, event_target.id, document FROM event_target "
    "JOIN event_rule ON event_rule.id = rule",
    "SELECT 'event connection', account, name FROM event_connection",
    "SELECT 'event destination', account, name, url FROM event_destination",
    "SELECT 'log group', account, name, tags, retention_days FROM log_group",
    "SELECT 'alarm', account, name, configuration, tags FROM cloudwatch_alarm",
    "SELECT 'trail', account, name, settings, selectors, tags, logging FROM trail",
    "SELECT 'bucket', account, name, versioning, bucket.tags, replication_xml, document FROM bucket "
    "LEFT JOIN bucket_policy ON bucket = bucket.id",
    "SELECT 'lifecycle', account, name, document, minimum_size FROM bucket "
    "JOIN bucket_lifecycle ON bucket = bucket.id",
    "SELECT 'version', bucket.name, key, is_marker, size, etag, object_version.tags FROM object_version "
    "JOIN bucket ON bucket.id = bucket",
};
constexpr const char* global_queries[] = {
    "SELECT 'shared trail', account, home_region, name, document FROM shared_trail",
    "SELECT 'role', account, name, path, trust, description, tags FROM iam_role",
    ("SELECT 'role policy', account, iam_role.name, iam_role_policy.name, document FROM iam_role_policy "
     "JOIN iam_role ON iam_role.id = role"),
};
constexpr std::string_view left_out[] = {"LastModified", "RevisionId", "LastUpdateStatus", "started_ms",
                                         "stopped_ms"};

json::value in_order(const json::value& value) {
  if (const json::array* list = value.if_array()) {
    json::array result;
    for (const json::value& item : *list) result.push_back(in_order(item));
    // Statements stand in the order in which they were added, and mean the same in any.
    std::ranges::sort(result, {}, [](const json::value& item) { return json::serialize(item); });
    return result;
  }
  if (const json::object* object = value.if_object()) {
    std::map<std::string, json::value> sorted;
    for (const auto& [key, item] : *object) {
      if (std::ranges::find(left_out, std::string_view(key)) == std::end(left_out))
        sorted.emplace(key, in_order(item));
    }
    json::object result;
    for (auto& [key, item] : sorted) result[key] = std::move(item);
    return result;
  }
  return value;
}

std::string normal(const std::string& text) {
  if (!text.starts_with('{') && !text.starts_with('[')) return text;
  boost::system::error_code failure;
  const json::value value = json::parse(text, failure);
  return failure ? text : json::serialize(in_order(value));
}

void add_rows(CloudState& state, cloud::Connection& db, const std::string& region, const char* query) {
  auto row = db.prepare(query);
  const std::string_view text(query);
  const auto columns = std::ranges::count(text.substr(0, text.find(" FROM ")), ',') + 1;
  while (row.step()) {
    std::string line = region;
    for (int column = 0; column < columns; ++column) line += " | " + normal(row.text(column));
    state.push_back(std::move(line));
  }
}

}  // namespace

CloudState cloud_state(Cluster& cluster) {
  CloudState state;
  for (RegionNode* region : {&cluster.source(), &cluster.destination()}) {
    cloud::Connection db(region->storage().open_database());
    for (const char* query : region_queries) add_rows(state, db, region->name().text(), query);
  }
  cloud::Connection global(cluster.global_storage().open_database());
  for (const char* query : global_queries) add_rows(state, global, "global", query);
  std::ranges::sort(state);
  return state;
}

std::string difference_of(const CloudState& there, const CloudState& expected) {
  CloudState more, less;
  std::ranges::set_difference(there, expected, std::back_inserter(more));
  std::ranges::set_difference(expected, there, std::back_inserter(less));
  constexpr std::size_t lines_max = 8;
  std::string text;
  std::size_t lines = 0;
  const auto add = [&](const char* what, const std::string& line) {
    if (++lines <= lines_max) text += std::string("\n  ") + what + ": " + line;
  };
  for (const std::string& line : more) add("there, and should not be", line);
  for (const std::string& line : less) add("should be there", line);
  if (lines > lines_max) text += "\n  and " + std::to_string(lines - lines_max) + " more";
  return text;
}

}  // namespace s3dr::sim
