// The tables of CloudWatch Logs, and how other services write lines (LogWriter). Requests: logs_service.h.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/context.h"
#include "cloud/store/database.h"

namespace s3dr::services {

extern const std::string_view logs_schema;

struct LogDestination {
  std::string account, group, stream;
  // False: the group was there when the function's environment began. Then a group that is deleted meanwhile stays away:
  // the lines of whatever still runs are lost, as on AWS where the role may not make a group.
  bool creates_group = true;
  bool operator==(const LogDestination&) const = default;
};

struct LogLine {
  Instant time{};
  std::string text;
};

struct LogGroupRow {
  std::int64_t id = 0;
  std::string account, name, tags;
  Instant created{};
  std::optional<std::int64_t> retention_days;
};

std::optional<LogGroupRow> find_log_group(cloud::Connection& db, const std::string& account,
                                          const std::string& name);
std::optional<std::int64_t> find_log_stream(cloud::Connection& db, std::int64_t group,
                                            const std::string& name);
// Call these inside Database::write. False: it existed already.
bool create_log_group(cloud::Connection& db, const std::string& account, const std::string& name,
                      const std::string& tags, Instant now);
bool create_log_stream(cloud::Connection& db, std::int64_t group, const std::string& name, Instant now);
void add_log_lines(cloud::Connection& db, std::int64_t stream, const std::vector<LogLine>& lines,
                   Instant now);
// Removes at most `lines_max` lines that are older than their group's retention. Returns how many.
std::int64_t remove_expired_lines(cloud::Connection& db, Instant now, std::int64_t lines_max);

// Writes lines of the cloud's own services. Lines stay in memory until the next flush. The flush creates
// missing groups and streams, as Lambda does.
class LogWriter {
 public:
  explicit LogWriter(cloud::RegionContext& region) : region_(region) {}
  // If more than 100,000 lines or 16 MiB wait, the oldest are dropped. This is logged once; the next flush
  // logs how many were dropped.
  void append(const LogDestination& destination, Instant time, std::string text);
  // Returns once everything appended so far is durable.
  // Raises what Database::write raises; then the lines are lost.
  Task<> flush();

 private:
  struct Waiting {
    LogDestination destination;
    LogLine line;
  };
  cloud::RegionContext& region_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_waiting_ = 0;
  std::uint64_t dropped_ = 0;  // since the last flush
};

}  // namespace s3dr::services
