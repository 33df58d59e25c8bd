// Answers that `make aws-check` recorded, replayed: our readers find in each what boto3 found in it. By default the
// ones in tests/data/recordings; S3DR_RECORDINGS names another folder.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "s3/error_response.h"
#include "s3/xml_batch_job.h"
#include "s3/xml_bucket.h"
#include "s3/xml_object.h"

namespace s3dr::s3 {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string text(const json::value& value, std::string_view field) {
  const json::value* found = value.as_object().if_contains(field);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::vector<std::string> texts(const json::value& value, std::string_view list, std::string_view field) {
  std::vector<std::string> result;
  if (const json::value* found = value.as_object().if_contains(list)) {
    for (const json::value& one : found->as_array()) result.push_back(text(one, field));
  }
  return result;
}

// What a reader of ours found, in the same words as boto3's answer.
using Found = std::vector<std::string>;
struct Replay {
  Found (*ours)(std::string_view body);
  Found (*theirs)(const json::value& parsed);
};

Found versions_of(std::string_view body) {
  Found objects, markers;
  for (const ObjectVersion& one : parse_list_versions_result(body).versions)
    (one.is_delete_marker ? markers : objects).push_back(one.key.bytes() + " " + one.version_id.text());
  objects.insert(objects.end(), markers.begin(), markers.end());
  return objects;
}

Found versions_of_boto3(const json::value& parsed) {
  Found result;
  const bool is_encoded = text(parsed, "EncodingType") == "url";  // boto3 decodes keys after it was recorded
  for (const char* list : {"Versions", "DeleteMarkers"}) {
    const std::vector<std::string> keys = texts(parsed, list, "Key"), ids = texts(parsed, list, "VersionId");
    for (std::size_t i = 0; i < keys.size(); ++i)
      result.push_back((is_encoded ? uri_decode(keys[i], true).value_or("") : keys[i]) + " " + ids[i]);
  }
  return result;
}

const std::map<std::string, Replay>& replays() {
  static const std::map<std::string, Replay> table{
      {"ListBuckets",
       {[](std::string_view body) {
          Found names;
          for (const BucketSummary& one : parse_list_buckets_result(body).buckets)
            names.push_back(one.name.text());
          return names;
        },
        [](const json::value& parsed) { return texts(parsed, "Buckets", "Name"); }}},
      {"GetBucketVersioning",
       {[](std::string_view body) {
          return Found{parse_versioning(body) == Versioning::enabled ? "Enabled" : "other"};
        },
        [](const json::value& parsed) { return Found{text(parsed, "Status")}; }}},
      {"GetBucketTagging",
       {[](std::string_view body) {
          Found tags;
          for (const Tag& tag : parse_tagging(body)) tags.push_back(tag.key);
          return tags;
        },
        [](const json::value& parsed) { return texts(parsed, "TagSet", "Key"); }}},
      {"GetBucketReplication",
       {[](std::string_view body) {
          const ReplicationConfiguration found = parse_replication_configuration(body);
          Found result{found.role_arn};
          for (const ReplicationRule& rule : found.rules) result.push_back(rule.id);
          return result;
        },
        [](const json::value& parsed) {
          const json::value& configuration = parsed.at("ReplicationConfiguration");
          Found result{text(configuration, "Role")};
          for (const std::string& id : texts(configuration, "Rules", "ID")) result.push_back(id);
          return result;
        }}},
      {"ListObjectsV2",
       {[](std::string_view body) {
          Found keys;
          for (const ListedObject& one : parse_list_objects_v2_result(body).objects)
            keys.push_back(one.key.bytes());
          return keys;
        },
        [](const json::value& parsed) { return texts(parsed, "Contents", "Key"); }}},
      {"ListObjectVersions", {versions_of, versions_of_boto3}},
      {"DescribeJob",
       {[](std::string_view body) {
          const JobDescription job = parse_describe_job_result(body);
          return Found{job.job_id, to_string(job.status), std::to_string(job.tasks_total)};
        },
        [](const json::value& parsed) {
          const json::value& job = parsed.at("Job");
          const json::value* progress = job.as_object().if_contains("ProgressSummary");
          return Found{text(job, "JobId"), text(job, "Status"),
                       progress != nullptr ? json::serialize(progress->at("TotalNumberOfTasks")) : "0"};
        }}},
      {"ListJobs",
       {[](std::string_view body) {
          Found ids;
          for (const JobSummary& one : parse_list_jobs_result(body).jobs) ids.push_back(one.job_id);
          return ids;
        },
        [](const json::value& parsed) { return texts(parsed, "Jobs", "JobId"); }}},
      {"CreateJob",
       {[](std::string_view body) { return Found{parse_create_job_result(body)}; },
        [](const json::value& parsed) { return Found{text(parsed, "JobId")}; }}},
  };
  return table;
}

fs::path folder() {
  const char* given = std::getenv("S3DR_RECORDINGS");
  return given != nullptr ? fs::path(given) : fs::path(S3DR_TEST_DATA) / "recordings";
}

TEST(Recordings, OurReadersFindWhatBoto3Found) {
  std::map<std::string, int> replayed;
  int refusals = 0;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream file(entry.path());
    const json::value told = json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    const json::value& answer = told.at("answer");
    const std::string operation = text(told, "operation"), body = text(answer, "body");
    const int status = static_cast<int>(answer.at("status").as_int64());
    if (text(told, "service").starts_with("s3") && status >= 400) {
      if (body.empty()) continue;  // of a HEAD
      EXPECT_EQ(error_from_response(status, {}, body, "").code(),
                text(told.at("parsed").at("Error"), "Code"));
      ++refusals;
      continue;
    }
    const auto replay = replays().find(operation);
    if (replay == replays().end() || status >= 300) continue;
    EXPECT_EQ(replay->second.ours(body), replay->second.theirs(told.at("parsed")));
    ++replayed[operation];
  }
  EXPECT_GT(refusals, 0);
  for (const auto& [operation, replay] : replays()) EXPECT_GT(replayed[operation], 0) << operation;
}

}  // namespace
}  // namespace s3dr::s3
