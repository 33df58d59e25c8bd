// CloudWatch alarms: on one metric, or on a Metrics Insights query over many. People decide whom an alarm
// notifies: actions that they have added stay.
#include "deploy/kinds/kinds.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr const char* query_id = "s3dr";
constexpr const char* kept_fields[] = {"AlarmActions", "OKActions", "InsufficientDataActions"};

json::object dimensions_of(const json::value& alarm) {
  json::object result;
  for (const json::value& dimension : list_at(alarm, {"Dimensions"}))
    result[text_at(dimension, {"Name"})] = text_at(dimension, {"Value"});
  return result;
}

// null: there is no such field, so that it shows as missing.
void copy(json::object& to, const char* name, const json::value& value) {
  if (!value.is_null()) to[name] = normal_number(value);
}

class AlarmKind : public ResourceKind {
 public:
  explicit AlarmKind(client::ServiceClient& client) : calls_(client) {}

  Task<std::optional<Live>> read(Resource resource) override {
    const json::value alarm = co_await find(resource.name);
    if (alarm.is_null()) co_return std::nullopt;
    json::object properties;
    copy(properties, "description", at(alarm, {"AlarmDescription"}));
    copy(properties, "comparison", at(alarm, {"ComparisonOperator"}));
    copy(properties, "threshold", at(alarm, {"Threshold"}));
    copy(properties, "evaluation_periods", at(alarm, {"EvaluationPeriods"}));
    copy(properties, "missing_data", at(alarm, {"TreatMissingData"}));
    const json::array& queries = list_at(alarm, {"Metrics"});
    if (!queries.empty()) {
      properties["query"] = text_at(queries.front(), {"Expression"});
      copy(properties, "period_seconds", at(queries.front(), {"Period"}));
    } else {
      copy(properties, "namespace", at(alarm, {"Namespace"}));
      copy(properties, "metric", at(alarm, {"MetricName"}));
      copy(properties, "statistic", at(alarm, {"Statistic"}));
      copy(properties, "period_seconds", at(alarm, {"Period"}));
      properties["dimensions"] = dimensions_of(alarm);
    }
    json::object whose{{"ResourceARN", resource.arn}};
    const auto tags =
        co_await calls_.json_if_found(monitoring_service, "ListTagsForResource", std::move(whose));
    if (!tags) co_return std::nullopt;
    co_return live_with_tags(std::move(properties), tags_of_list(list_at(*tags, {"Tags"})));
  }

  Task<> create(Resource resource) override {
    json::object body = alarm_of(resource);
    body["Tags"] = list_of_tags(tags_of(resource.properties));
    co_await calls_.json(monitoring_service, "PutMetricAlarm", std::move(body));
  }

  Task<> update(Resource resource, Live, std::vector<FieldChange> fields) override {
    if (concerns(fields, "tags")) {
      json::object tag{{"ResourceARN", resource.arn}, {"Tags", list_of_tags(tags_of(resource.properties))}};
      co_await calls_.json(monitoring_service, "TagResource", std::move(tag));
    }
    const json::value live = co_await find(resource.name);
    json::object body = alarm_of(resource);
    for (const char* kept : kept_fields) {
      if (!list_at(live, {kept}).empty()) body[kept] = list_at(live, {kept});
    }
    if (at(live, {"ActionsEnabled"}).is_bool()) body["ActionsEnabled"] = at(live, {"ActionsEnabled"});
    co_await calls_.json(monitoring_service, "PutMetricAlarm", std::move(body));
  }

  Task<> remove(Resource resource) override {
    json::object body{{"AlarmNames", json::array{json::string(resource.name)}}};
    co_await calls_.json_if_found(monitoring_service, "DeleteAlarms", std::move(body));
  }

 private:
  static json::object alarm_of(const Resource& resource) {
    const json::object& wanted = resource.properties;
    json::object body{{"AlarmName", resource.name},
                      {"AlarmDescription", wanted.at("description")},
                      {"ComparisonOperator", wanted.at("comparison")},
                      {"Threshold", wanted.at("threshold")},
                      {"EvaluationPeriods", wanted.at("evaluation_periods")},
                      {"TreatMissingData", wanted.at("missing_data")}};
    if (const auto* query = wanted.if_contains("query")) {
      json::array metrics;
      metrics.push_back(json::object{{"Id", query_id},
                                     {"Expression", *query},
                                     {"Period", wanted.at("period_seconds")},
                                     {"ReturnData", true}});
      body["Metrics"] = std::move(metrics);
      return body;
    }
    json::array dimensions;
    for (const auto& [name, value] : wanted.at("dimensions").as_object())
      dimensions.push_back(json::object{{"Name", name}, {"Value", value}});
    body["Dimensions"] = std::move(dimensions);
    body["Namespace"] = wanted.at("namespace");
    body["MetricName"] = wanted.at("metric");
    body["Statistic"] = wanted.at("statistic");
    body["Period"] = wanted.at("period_seconds");
    return body;
  }

  // null: there is no such alarm.
  Task<json::value> find(std::string name) {
    json::object body{{"AlarmNames", json::array{json::string(name)}}};
    const json::value answer = co_await calls_.json(monitoring_service, "DescribeAlarms", std::move(body));
    const json::array& alarms = list_at(answer, {"MetricAlarms"});
    co_return alarms.empty() ? json::value() : alarms.front();
  }

  ServiceCalls calls_;
};

}  // namespace

std::unique_ptr<ResourceKind> make_alarm_kind(client::ServiceClient& client) {
  return std::make_unique<AlarmKind>(client);
}

}  // namespace s3dr::deploy
