#include "cloud/services/metrics/metric_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "cloud/services/common/resource_tags.h"

namespace s3dr::services {
namespace {

double number_of(const std::string& text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc()) throw Error(ErrorKind::corrupt, "a metric's value cannot be read: " + text);
  return value;
}

std::string text_of(double value) {
  return fmt::format("{}", value);  // the shortest text that reads back as the same number
}

std::int64_t minute_of(Instant at) {
  const std::int64_t ms = at.time_since_epoch().count();
  return ms - ms % metric_minute.count();
}

StatisticSet set_of(const cloud::Statement& row, int first) {
  return {number_of(row.text(first)), number_of(row.text(first + 1)), number_of(row.text(first + 2)),
          number_of(row.text(first + 3))};
}

}  // namespace

const std::string_view metrics_schema = R"sql(
-- Numbers are texts that read back as the same number.
CREATE TABLE IF NOT EXISTS metric_minute (
  account TEXT NOT NULL,
  name_space TEXT NOT NULL,
  name TEXT NOT NULL,
  dimensions TEXT NOT NULL,                     -- JSON object, by name
  minute_ms INTEGER NOT NULL,
  unit TEXT NOT NULL,
  samples TEXT NOT NULL,
  sum TEXT NOT NULL,
  minimum TEXT NOT NULL,
  maximum TEXT NOT NULL,
  PRIMARY KEY (account, name_space, name, dimensions, minute_ms, unit)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS metric_minute_age ON metric_minute (minute_ms);
)sql";

void StatisticSet::add(const StatisticSet& other) {
  minimum = count == 0 ? other.minimum : std::min(minimum, other.minimum);
  maximum = count == 0 ? other.maximum : std::max(maximum, other.maximum);
  count += other.count;
  sum += other.sum;
}

std::optional<double> StatisticSet::statistic(std::string_view name) const {
  if (name == "Average") return count == 0 ? 0 : sum / count;
  if (name == "Sum") return sum;
  if (name == "Minimum") return minimum;
  if (name == "Maximum") return maximum;
  if (name == "SampleCount") return count;
  return std::nullopt;
}

void record_metric(cloud::Connection& db, const MetricId& id, const StatisticSet& values, Instant at) {
  const std::string dimensions = to_tags_column(id.dimensions);
  StatisticSet all;
  {
    auto row = db.prepare(
        "SELECT samples, sum, minimum, maximum FROM metric_minute WHERE account = ? AND name_space = ? AND "
        "name = ? AND dimensions = ? AND minute_ms = ? AND unit = ?");
    row.bind(id.account, id.name_space, id.name, dimensions, minute_of(at), id.unit);
    if (row.step()) all = set_of(row, 0);
  }
  all.add(values);
  db.prepare(
        "INSERT OR REPLACE INTO metric_minute (account, name_space, name, dimensions, minute_ms, unit, "
        "samples, sum, minimum, maximum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(id.account, id.name_space, id.name, dimensions, minute_of(at), id.unit, text_of(all.count),
            text_of(all.sum), text_of(all.minimum), text_of(all.maximum))
      .run();
}

void record_gauge(cloud::Connection& db, const MetricId& id, double value, Instant at) {
  const Instant minute{milliseconds(minute_of(at))};
  const auto before = read_metric(db, id, id.unit, minute, minute + metric_minute, metric_minute);
  if (before.contains(minute) && before.at(minute).maximum >= value) return;
  db.prepare(
        "DELETE FROM metric_minute WHERE account = ? AND name_space = ? AND name = ? AND dimensions = ? AND "
        "minute_ms = ? AND unit = ?")
      .bind(id.account, id.name_space, id.name, to_tags_column(id.dimensions), minute_of(at), id.unit)
      .run();
  record_metric(db, id, StatisticSet::of(value), at);
}

std::map<Instant, StatisticSet> read_metric(cloud::Connection& db, const MetricId& id,
                                            const std::optional<std::string>& unit, Instant from,
                                            Instant until, milliseconds period) {
  std::map<Instant, StatisticSet> periods;
  auto rows = db.prepare(
      "SELECT minute_ms, samples, sum, minimum, maximum FROM metric_minute WHERE account = ? AND name_space "
      "= ? "
      "AND name = ? AND dimensions = ? AND minute_ms >= ? AND minute_ms < ? AND (?7 IS NULL OR unit = ?7)");
  rows.bind(id.account, id.name_space, id.name, to_tags_column(id.dimensions),
            from.time_since_epoch().count(), until.time_since_epoch().count(), unit);
  while (rows.step()) {
    const Instant minute{milliseconds(rows.integer(0))};
    periods[from + (minute - from) / period * period].add(set_of(rows, 1));
  }
  return periods;
}

std::map<Instant, StatisticSet> read_metrics(cloud::Connection& db, const std::string& account,
                                             const std::string& name_space, const std::string& name,
                                             const DimensionFilter& fits, Instant from, Instant until,
                                             milliseconds period) {
  std::map<Instant, StatisticSet> periods;
  std::map<std::string, bool> known;  // whether a metric's dimensions fit
  auto rows = db.prepare(
      "SELECT dimensions, minute_ms, samples, sum, minimum, maximum FROM metric_minute WHERE account = ? AND "
      "name_space = ? AND name = ? AND minute_ms >= ? AND minute_ms < ?");
  rows.bind(account, name_space, name, from.time_since_epoch().count(), until.time_since_epoch().count());
  while (rows.step()) {
    const auto [entry, is_new] = known.try_emplace(rows.text(0), false);
    if (is_new) entry->second = fits(from_tags_column(entry->first));
    if (!entry->second) continue;
    const Instant minute{milliseconds(rows.integer(1))};
    periods[from + (minute - from) / period * period].add(set_of(rows, 2));
  }
  return periods;
}

std::optional<std::string> unit_of_metric(cloud::Connection& db, const MetricId& id) {
  auto row = db.prepare(
      "SELECT unit FROM metric_minute WHERE account = ? AND name_space = ? AND name = ? AND dimensions = ? "
      "ORDER BY minute_ms DESC LIMIT 1");
  row.bind(id.account, id.name_space, id.name, to_tags_column(id.dimensions));
  if (!row.step()) return std::nullopt;
  return row.text(0);
}

std::vector<MetricName> list_metrics(cloud::Connection& db, const std::string& account,
                                     const std::string& name_space, const std::string& name) {
  std::vector<MetricName> metrics;
  auto rows = db.prepare(
      "SELECT DISTINCT name_space, name, dimensions FROM metric_minute WHERE account = ?1 AND "
      "(?2 = '' OR name_space = ?2) AND (?3 = '' OR name = ?3) ORDER BY name_space, name, dimensions");
  rows.bind(account, name_space, name);
  while (rows.step()) metrics.push_back({rows.text(0), rows.text(1), from_tags_column(rows.text(2))});
  return metrics;
}

void delete_metrics_before(cloud::Connection& db, Instant before) {
  db.prepare("DELETE FROM metric_minute WHERE minute_ms < ?").bind(before.time_since_epoch().count()).run();
}

}  // namespace s3dr::services
