// The record in format 1, byte for byte as the last program that knew no other wrote it. Golden bytes of that program
// are tests/data/records/format-1.json (docs/decisions/005-format-2-of-the-record.md says how they were made).
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace s3dr::test {

// Those fields, in that order. What is no object stays as it is: null for "none".
inline boost::json::value only(const boost::json::value& value,
                               std::initializer_list<std::string_view> names) {
  if (!value.is_object()) return value;
  boost::json::object result;
  for (const std::string_view name : names) result.emplace(name, value.at(name));
  return result;
}

// Needs: a record in format 2. What format 1 cannot say is left out.
inline std::string as_format_1(const std::string& format_2) {
  const boost::json::value record = boost::json::parse(format_2);
  boost::json::object result =
      only(record, {"format", "protection", "nonce", "source", "replica", "claim", "replica_ordinal", "rule",
                    "backfill", "state", "reason", "created", "changed", "verified", "last_difference",
                    "instruction", "epoch", "active_side", "history"})
          .as_object();
  result["format"] = 1;
  for (const char* side : {"source", "replica"})
    result[side] = only(result[side], {"account", "region", "bucket"});
  result["rule"] = only(result["rule"], {"id", "generation", "state", "replaces"});
  result["backfill"] =
      only(result["backfill"], {"generation", "attempt", "status", "inputs", "job_id", "not_before",
                                "tasks_total", "tasks_succeeded", "tasks_failed", "last_failure"});
  if (result["backfill"].is_object()) {
    boost::json::object& backfill = result["backfill"].as_object();
    backfill["inputs"] =
        only(backfill["inputs"],
             {"account", "client_request_token", "description", "role_arn", "priority", "source_bucket",
              "report_bucket", "report_prefix", "manifest_prefix", "created_before", "statuses"});
  }
  for (const char* run : {"verified", "last_difference"})
    result[run] = only(result[run], {"as_of", "at", "level", "generation", "versions", "delete_markers",
                                     "bytes", "arriving", "purged_at_source", "differences"});
  for (boost::json::value& transition : result["history"].as_array())
    transition = only(transition, {"at", "state", "reason"});
  return boost::json::serialize(result);
}

}  // namespace s3dr::test
