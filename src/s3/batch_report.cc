#include "s3/batch_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::s3 {
namespace {

namespace json = boost::json;

[[noreturn]] void broken(const std::string& why) {
  throw Error(ErrorKind::corrupt, "the job's report: " + why);
}

std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  if (text == nullptr) broken("field " + std::string(name) + " is missing or not a text");
  return *text;
}

}  // namespace

std::string report_manifest_key(std::string_view prefix, std::string_view job_id) {
  return (prefix.empty() ? std::string() : std::string(prefix) + "/") + "job-" + std::string(job_id) +
         "/manifest.json";
}

std::vector<ReportFile> parse_report_manifest(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  const json::object* manifest = value.if_object();
  if (failure || manifest == nullptr) broken("manifest.json is not a JSON object");
  if (text_of(*manifest, "Format") != "Report_CSV_20180820") broken("another format");
  if (!text_of(*manifest, "ReportSchema").starts_with("Bucket, Key, VersionId, TaskStatus"))
    broken("rows of another schema");
  const json::value* results = manifest->if_contains("Results");
  if (results == nullptr || !results->is_array()) broken("field Results is missing or not a list");
  std::vector<ReportFile> files;
  for (const json::value& item : results->get_array()) {
    const json::object* result = item.if_object();
    if (result == nullptr) broken("a result is not an object");
    if (text_of(*result, "TaskExecutionStatus") != "failed") continue;
    const std::string_view bucket = text_of(*result, "Bucket");
    if (BucketName::why_impossible(bucket)) broken("a result names no bucket");
    files.push_back({BucketName::parse(bucket), std::string(text_of(*result, "Key"))});
  }
  return files;
}

void ReportReader::feed(std::string_view piece, const std::function<void(ReportRow)>& take) {
  for (const char c : piece) {
    if (++bytes_ > report_row_bytes_max) broken("a row is too long");
    const bool closed = std::exchange(quote_before_, false);
    if (quoted_ && !closed) {
      if (c == '"') {
        quote_before_ = true;
      } else {
        fields_.back() += c;
      }
      continue;
    }
    if (closed && c == '"') {
      fields_.back() += c;
      continue;
    }
    quoted_ = false;
    if (c == '"' && fields_.back().empty()) {
      quoted_ = true;
    } else if (c == ',') {
      fields_.emplace_back();
    } else if (c == '\n') {
      end_row(take);
    } else if (c != '\r') {
      fields_.back() += c;
    }
  }
}

void ReportReader::finish(const std::function<void(ReportRow)>& take) {
  if (quoted_ && !quote_before_) broken("it ends within quotes");
  end_row(take);
}

void ReportReader::end_row(const std::function<void(ReportRow)>& take) {
  const std::vector<std::string> fields = std::exchange(fields_, {std::string()});
  quoted_ = quote_before_ = false;
  bytes_ = 0;
  if (fields.size() == 1 && fields[0].empty()) return;
  if (fields.size() < 4) broken("a row has too few fields");
  take({fields[0], ObjectKey(uri_decode(fields[1]).value_or(fields[1])), VersionId(fields[2]), fields[3]});
}

}  // namespace s3dr::s3
