#include "cloud/services/cloudwatch/cloudwatch_service.h"

#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "cloud/services/cloudwatch/alarm_judging.h"
#include "cloud/services/cloudwatch/cloudwatch_alarms.h"
#include "cloud/services/cloudwatch/cloudwatch_protocol.h"
#include "cloud/services/cloudwatch/measuring.h"
#include "cloud/services/cloudwatch/metric_query.h"
#include "cloud/services/metrics/metric_store.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t data_max = 1000;
constexpr std::size_t values_max = 150;
constexpr std::int64_t alarms_page_max = 100;
constexpr std::int64_t alarms_page_default = 50;
constexpr std::size_t metrics_page = 500;
constexpr std::int64_t points_max = 1440;
constexpr milliseconds past_max{14LL * 24 * 3600 * 1000};
constexpr milliseconds future_max{2LL * 3600 * 1000};

struct Datum {
  MetricId id;
  StatisticSet values;
  Instant at;
};

double require_number(const json::object& given, std::string_view name) {
  const auto number = optional_number(given, name, cloudwatch_words);
  if (!number) throw missing_value(name);
  return *number;
}

// A single value, a statistic set, or values with how often each was seen.
StatisticSet values_of(const json::object& datum) {
  const json::array& values = array_or_empty(datum, "Values", cloudwatch_words);
  if (const json::value* set = datum.if_contains("StatisticValues")) {
    const json::object& fields = as_structure(*set, "StatisticValues", cloudwatch_words);
    const StatisticSet given{require_number(fields, "SampleCount"), require_number(fields, "Sum"),
                             require_number(fields, "Minimum"), require_number(fields, "Maximum")};
    if (given.count <= 0 || given.minimum > given.maximum)
      throw invalid_value("StatisticValues", "they contradict each other");
    return given;
  }
  if (values.empty()) return StatisticSet::of(require_number(datum, "Value"));
  const json::array& counts = array_or_empty(datum, "Counts", cloudwatch_words);
  if (values.size() > values_max || (!counts.empty() && counts.size() != values.size()))
    throw invalid_value("Counts", "there must be as many as values, 150 at most");
  StatisticSet all;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = number_of(values[i], cloudwatch_words);
    const auto count = counts.empty() ? std::optional<double>(1) : number_of(counts[i], cloudwatch_words);
    if (!value || !count || *count <= 0)
      throw invalid_value("Values", "they must be numbers, counts above 0");
    all.add({*count, *value * *count, *value, *value});
  }
  return all;
}

Datum datum_of(const json::value& entry, const std::string& account, const std::string& name_space,
               Instant now) {
  const json::object& fields = as_structure(entry, "MetricData", cloudwatch_words);
  Datum datum;
  datum.id = {account, name_space, require_text(fields, "MetricName", cloudwatch_words),
              dimensions_of(fields), optional_text(fields, "Unit").value_or("None")};
  if (optional_integer(fields, "StorageResolution", cloudwatch_words).value_or(60) != 60)
    throw ServiceError{"NotImplemented", "A resolution under a minute is not supported yet.", 501};
  datum.values = values_of(fields);
  datum.at = optional_instant(fields, "Timestamp", cloudwatch_words).value_or(now);
  if (datum.at < now - past_max || datum.at > now + future_max)
    throw invalid_value("Timestamp", "it must lie within the last two weeks and the next two hours");
  return datum;
}

struct Span {
  Instant from, until;
  milliseconds period;
};

Span span_of(const json::object& times, const json::object& given) {
  const auto from = optional_instant(times, "StartTime", cloudwatch_words),
             until = optional_instant(times, "EndTime", cloudwatch_words);
  const auto seconds = optional_integer(given, "Period", cloudwatch_words);
  if (!from) throw missing_value("StartTime");
  if (!until) throw missing_value("EndTime");
  if (!seconds) throw missing_value("Period");
  if (*seconds < 60 || *seconds % 60 != 0) throw invalid_value("Period", "it must be a multiple of 60");
  if (*from >= *until) throw invalid_value("StartTime", "it must be before EndTime");
  return {*from, *until, std::chrono::seconds(*seconds)};
}

json::object told_metric(const MetricName& metric) {
  return {{"Namespace", metric.name_space},
          {"MetricName", metric.name},
          {"Dimensions", told_dimensions(metric.dimensions)}};
}

class CloudWatchService : public cloud::Service {
 public:
  CloudWatchService(cloud::RegionContext& region, CloudWatchOptions options)
      : region_(region), options_(options) {
    operations_ = {{"PutMetricData", operation_of(this, &CloudWatchService::put_metric_data)},
                   {"GetMetricStatistics", operation_of(this, &CloudWatchService::get_metric_statistics)},
                   {"GetMetricData", operation_of(this, &CloudWatchService::get_metric_data)},
                   {"ListMetrics", operation_of(this, &CloudWatchService::list)},
                   {"PutMetricAlarm", operation_of(this, &CloudWatchService::put_metric_alarm)},
                   {"DescribeAlarms", operation_of(this, &CloudWatchService::describe_alarms)},
                   {"DeleteAlarms", operation_of(this, &CloudWatchService::delete_alarms)},
                   {"TagResource", operation_of(this, &CloudWatchService::tag)},
                   {"UntagResource", operation_of(this, &CloudWatchService::untag)},
                   {"ListTagsForResource", operation_of(this, &CloudWatchService::list_tags)}};
  }

  std::string_view signing_name() const override { return "monitoring"; }
  bool works() const override { return true; }

  Task<HttpResponse> handle(cloud::ServiceRequest request) override {
    const bool cbor = request.path.starts_with("/service/");
    if (cbor || request.headers.has("content-encoding"))
      co_return json_error({"UnsupportedOperationException",
                            cbor ? "The CBOR protocol is not supported yet; JSON and Query are."
                                 : "Compressed requests are not supported yet.",
                            501});
    co_return co_await answer_cloudwatch(operations_, std::move(request));
  }

  Task<> run() override {
    while (true) {
      const Instant now = region_.clock.now();
      const std::size_t changed = co_await region_.database.write([&](cloud::Connection& db) {
        measure_queues(db, now);
        take_over_replication_metrics(db);
        delete_metrics_before(db, now - metric_retention);
        return judge_alarms(db, name(), now);
      });
      if (changed > 0) region_.wake_services();
      co_await region_.clock.sleep(options_.interval);
    }
  }

 private:
  const std::string& name() const { return region_.options.region.text(); }
  cloud::Connection& reader() { return region_.database.reader(); }

  Task<json::value> put_metric_data(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string name_space = require_text(given, "Namespace", cloudwatch_words);
    if (name_space.starts_with("AWS/"))
      throw invalid_value("Namespace", "\"AWS/\" is for AWS's own services");
    if (given.contains("EntityMetricData"))
      throw ServiceError{"NotImplemented", "EntityMetricData is not supported yet.", 501};
    const Instant now = region_.clock.now();
    std::vector<Datum> data;
    for (const json::value& entry : array_or_empty(given, "MetricData", cloudwatch_words))
      data.push_back(datum_of(entry, request.caller.account.text(), name_space, now));
    if (data.empty()) throw missing_value("MetricData");
    if (data.size() > data_max) throw invalid_value("MetricData", "there are more than 1000");
    co_await region_.database.write([&](cloud::Connection& db) {
      for (const Datum& datum : data) record_metric(db, datum.id, datum.values, datum.at);
    });
    co_return nullptr;
  }

  Task<json::value> get_metric_statistics(const cloud::ServiceRequest& request, const json::object& given) {
    const Span span = span_of(given, given);
    const Instant from = span.from - span.from.time_since_epoch() % metric_minute;
    if ((span.until - from) / span.period > points_max)
      throw ServiceError{"InvalidParameterCombination", "There would be more than 1440 datapoints.", 400};
    const MetricId id{request.caller.account.text(), require_text(given, "Namespace", cloudwatch_words),
                      require_text(given, "MetricName", cloudwatch_words), dimensions_of(given), "None"};
    if (given.contains("ExtendedStatistics"))
      throw ServiceError{"NotImplemented", "Percentiles are not supported yet.", 501};
    const std::vector<std::string> statistics = text_list(given, "Statistics", cloudwatch_words);
    if (statistics.empty()) throw missing_value("Statistics");
    const auto unit = optional_text(given, "Unit");
    const std::string told_unit = unit.value_or(unit_of_metric(reader(), id).value_or("None"));
    json::array points;
    for (const auto& [start, values] : read_metric(reader(), id, unit, from, span.until, span.period)) {
      json::object point{{"Timestamp", told_instant(start)}, {"Unit", told_unit}};
      for (const std::string& statistic : statistics) {
        const auto value = values.statistic(statistic);
        if (!value) throw invalid_value("Statistics", "there is no " + statistic);
        point[statistic] = *value;
      }
      points.push_back(std::move(point));
    }
    co_return json::object{{"Label", id.name}, {"Datapoints", std::move(points)}};
  }

  json::object metric_data(const std::string& account, const json::object& given, const json::object& query,
                           bool descending) {
    const DeclaredQuery declared = declared_query(query, account);
    const milliseconds period = declared.query.period;
    const Span span = span_of(given, json::object{{"Period", period / std::chrono::seconds(1)}});
    const Instant from = span.from - span.from.time_since_epoch() % period;
    json::array times, values;
    for (const auto& [start, figure] : read_query(reader(), account, declared.query, from, span.until)) {
      times.push_back(told_instant(start));
      values.emplace_back(figure);
    }
    if (descending) {
      std::ranges::reverse(times);
      std::ranges::reverse(values);
    }
    return {{"Id", declared.id},
            {"Label", declared.label},
            {"Timestamps", std::move(times)},
            {"Values", std::move(values)},
            {"StatusCode", "Complete"}};
  }

  Task<json::value> get_metric_data(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string order = optional_text(given, "ScanBy").value_or("TimestampDescending");
    json::array results;
    for (const json::value& entry : array_or_empty(given, "MetricDataQueries", cloudwatch_words)) {
      const json::object& query = as_structure(entry, "MetricDataQueries", cloudwatch_words);
      json::object result =
          metric_data(request.caller.account.text(), given, query, order != "TimestampAscending");
      if (optional_boolean(query, "ReturnData", cloudwatch_words).value_or(true))
        results.push_back(std::move(result));
    }
    co_return json::object{{"MetricDataResults", std::move(results)}, {"Messages", json::array()}};
  }

  Task<json::value> list(const cloud::ServiceRequest& request, const json::object& given) {
    const auto metrics =
        list_metrics(reader(), request.caller.account.text(), optional_text(given, "Namespace").value_or(""),
                     optional_text(given, "MetricName").value_or(""));
    const std::string token = optional_text(given, "NextToken").value_or("0");
    const auto start = number_of(json::value(token), cloudwatch_words);
    if (!start || *start < 0) throw invalid_value("NextToken", "it is none of this listing");
    json::array told;
    std::size_t place = 0, first = static_cast<std::size_t>(std::min(*start, 1e9));
    std::string next;
    for (const MetricName& metric : metrics) {
      const bool fits = std::ranges::all_of(
          array_or_empty(given, "Dimensions", cloudwatch_words), [&](const json::value& entry) {
            const json::object& filter = as_structure(entry, "Dimensions", cloudwatch_words);
            const auto found = metric.dimensions.find(require_text(filter, "Name", cloudwatch_words));
            const auto value = optional_text(filter, "Value");
            return found != metric.dimensions.end() && (!value || found->second == *value);
          });
      if (!fits || place++ < first) continue;
      if (told.size() == metrics_page) {
        next = std::to_string(first + metrics_page);
        break;
      }
      told.push_back(told_metric(metric));
    }
    json::object answer{{"Metrics", std::move(told)}};
    if (!next.empty()) answer["NextToken"] = next;
    co_return answer;
  }

  Task<json::value> put_metric_alarm(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string account = request.caller.account.text();
    const json::object configuration = checked_alarm(given, name(), account);
    const ResourceTags tags = checked_tags(tags_of(given));
    const Instant now = region_.clock.now();
    co_await region_.database.write([&](cloud::Connection& db) {
      AlarmRow alarm;
      alarm.account = account;
      alarm.name = std::string(configuration.at("AlarmName").as_string());
      alarm.tags = tags;
      alarm.state_updated = now;
      // An existing alarm keeps its state and, as on AWS, its tags.
      if (auto before = find_alarm(db, account, alarm.name)) alarm = std::move(*before);
      alarm.configuration = configuration;
      alarm.configured = now;
      save_alarm(db, alarm);
    });
    co_return nullptr;
  }

  Task<json::value> describe_alarms(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string account = request.caller.account.text();
    const std::vector<std::string> names = text_list(given, "AlarmNames", cloudwatch_words);
    const std::string prefix = optional_text(given, "AlarmNamePrefix").value_or("");
    if (!names.empty() && !prefix.empty())
      throw ServiceError{"InvalidParameterCombination", "AlarmNames and AlarmNamePrefix exclude each other.",
                         400};
    for (const char* unknown : {"ActionPrefix", "ChildrenOfAlarmName", "ParentsOfAlarmName"}) {
      if (given.contains(unknown))
        throw ServiceError{"NotImplemented", std::string(unknown) + " is not supported yet.", 501};
    }
    const std::string state = optional_text(given, "StateValue").value_or("");
    const auto limit = optional_integer(given, "MaxRecords", cloudwatch_words).value_or(alarms_page_default);
    if (limit < 1 || limit > alarms_page_max)
      throw invalid_value("MaxRecords", "it must be between 1 and 100");
    const auto types = text_list(given, "AlarmTypes", cloudwatch_words);
    const bool metric_alarms = types.empty() || std::ranges::find(types, "MetricAlarm") != types.end();
    std::vector<AlarmRow> alarms;
    for (const std::string& wanted : names) {
      auto alarm = find_alarm(reader(), account, wanted);
      if (alarm && (state.empty() || alarm->state == state)) alarms.push_back(std::move(*alarm));
    }
    if (names.empty())
      alarms = list_alarms(reader(), account, prefix, state, optional_text(given, "NextToken").value_or(""),
                           static_cast<std::size_t>(limit) + 1);
    json::object answer;
    if (names.empty() && alarms.size() > static_cast<std::size_t>(limit)) {
      alarms.pop_back();
      answer["NextToken"] = alarms.back().name;
    }
    json::array told;
    for (const AlarmRow& alarm : alarms) {
      if (metric_alarms) told.push_back(told_alarm(alarm, name()));
    }
    answer["MetricAlarms"] = std::move(told);
    answer["CompositeAlarms"] = json::array();
    co_return answer;
  }

  Task<json::value> delete_alarms(const cloud::ServiceRequest& request, const json::object& given) {
    const std::string account = request.caller.account.text();
    const std::vector<std::string> names = text_list(given, "AlarmNames", cloudwatch_words);
    if (names.empty()) throw missing_value("AlarmNames");
    co_await region_.database.write([&](cloud::Connection& db) {
      for (const std::string& alarm : names) delete_alarm(db, account, alarm);
    });
    co_return nullptr;
  }

  static ResourceTags tags_of(const json::object& given) {
    ResourceTags tags;
    for (const json::value& entry : array_or_empty(given, "Tags", cloudwatch_words)) {
      const json::object& tag = as_structure(entry, "Tags", cloudwatch_words);
      tags[require_text(tag, "Key", cloudwatch_words)] = optional_text(tag, "Value").value_or("");
    }
    return tags;
  }
  static ResourceTags checked_tags(ResourceTags tags) {
    if (const auto why = why_refused(tags)) throw invalid_value("Tags", *why);
    return tags;
  }

  AlarmRow require_alarm(cloud::Connection& db, const cloud::ServiceRequest& request,
                         const json::object& given) {
    const std::string text = require_text(given, "ResourceARN", cloudwatch_words);
    const auto arn = aws::parse_arn(text);
    if (!arn || arn->service != "cloudwatch" || !arn->resource.starts_with("alarm:"))
      throw invalid_value("ResourceARN", "it is not the ARN of an alarm");
    const bool ours = arn->region == name() && arn->account == request.caller.account.text();
    auto alarm = ours ? find_alarm(db, arn->account, arn->resource.substr(6)) : std::nullopt;
    if (!alarm) throw ServiceError{"ResourceNotFoundException", "There is no alarm " + text + ".", 404};
    return std::move(*alarm);
  }

  Task<json::value> tag(const cloud::ServiceRequest& request, const json::object& given) {
    co_await region_.database.write([&](cloud::Connection& db) {
      AlarmRow alarm = require_alarm(db, request, given);
      for (const auto& [key, value] : tags_of(given)) alarm.tags[key] = value;
      alarm.tags = checked_tags(std::move(alarm.tags));
      save_alarm(db, alarm);
    });
    co_return json::object();
  }

  Task<json::value> untag(const cloud::ServiceRequest& request, const json::object& given) {
    co_await region_.database.write([&](cloud::Connection& db) {
      AlarmRow alarm = require_alarm(db, request, given);
      for (const std::string& key : text_list(given, "TagKeys", cloudwatch_words)) alarm.tags.erase(key);
      save_alarm(db, alarm);
    });
    co_return json::object();
  }

  Task<json::value> list_tags(const cloud::ServiceRequest& request, const json::object& given) {
    json::array list;
    for (const auto& [key, value] : require_alarm(reader(), request, given).tags)
      list.push_back(json::object{{"Key", key}, {"Value", value}});
    co_return json::object{{"Tags", std::move(list)}};
  }

  cloud::RegionContext& region_;
  CloudWatchOptions options_;
  std::map<std::string, JsonOperation> operations_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_cloudwatch_service(cloud::RegionContext& region,
                                                        CloudWatchOptions options) {
  return std::make_unique<CloudWatchService>(region, options);
}

}  // namespace s3dr::services
