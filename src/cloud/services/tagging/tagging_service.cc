#include "cloud/services/tagging/tagging_service.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"
#include "cloud/services/common/json_fields.h"
#include "cloud/services/common/json_protocol.h"
#include "cloud/services/common/resource_tags.h"
#include "s3/tag.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::int64_t page_max = 100;
constexpr std::int64_t page_default = 50;
constexpr std::size_t filters_max = 50;

constexpr FieldWords tagging_words = {.wrong_code = "InvalidParameterException",
                                      .texts = "a list of strings"};

ServiceError invalid(std::string message) {
  return {"InvalidParameterException", std::move(message), 400};
}

// Where tagged resources are found: a query for the rows (name, tags) of an account.
struct Kind {
  std::string_view service, type;  // "s3", "bucket": what ResourceTypeFilters names
  std::string_view sql;
  bool tags_as_header;  // as in x-amz-tagging; otherwise a JSON object
  std::string (*arn)(const std::string& region, const std::string& account, const std::string& name);
};

const Kind kinds[] = {
    {"s3", "bucket", "SELECT name, tags FROM bucket WHERE account = ? AND tags <> ''", true,
     [](const std::string&, const std::string&, const std::string& name) { return "arn:aws:s3:::" + name; }},
    {"sns", "topic", "SELECT name, tags FROM sns_topic WHERE account = ? AND tags <> '{}'", false,
     [](const std::string& region, const std::string& account, const std::string& name) {
       return "arn:aws:sns:" + region + ":" + account + ":" + name;
     }},
    {"sqs", "queue", "SELECT name, tags FROM sqs_queue WHERE account = ? AND tags <> '{}'", false,
     [](const std::string& region, const std::string& account, const std::string& name) {
       return "arn:aws:sqs:" + region + ":" + account + ":" + name;
     }},
    {"lambda", "function", "SELECT name, tags FROM lambda_function WHERE account = ? AND tags <> '{}'", false,
     [](const std::string& region, const std::string& account, const std::string& name) {
       return "arn:aws:lambda:" + region + ":" + account + ":function:" + name;
     }},
    {"cloudwatch", "alarm", "SELECT name, tags FROM cloudwatch_alarm WHERE account = ? AND tags <> '{}'",
     false,
     [](const std::string& region, const std::string& account, const std::string& name) {
       return "arn:aws:cloudwatch:" + region + ":" + account + ":alarm:" + name;
     }},
};

struct TagFilter {
  std::string key;
  std::set<std::string> values;  // empty: any
};

struct Query {
  std::vector<TagFilter> tags;
  std::vector<std::string> types;  // "s3", "s3:bucket"; empty: any
  std::set<std::string> arns;      // empty: any
  std::size_t page = page_default;
  std::string after;  // an ARN
};

TagFilter filter_of(const json::value& entry) {
  if (!entry.is_object()) throw invalid("A tag filter must be an object.");
  TagFilter filter;
  filter.key = optional_text(entry.get_object(), "Key").value_or("");
  if (filter.key.empty()) throw invalid("A tag filter needs a Key.");
  for (std::string& value : text_list(entry.get_object(), "Values", tagging_words))
    filter.values.insert(std::move(value));
  return filter;
}

Query read_query(const json::object& given) {
  for (const char* name : {"TagsPerPage", "IncludeComplianceDetails", "ExcludeCompliantResources"}) {
    const json::value* value = given.if_contains(name);
    if (value != nullptr && !value->is_null() && *value != json::value(false)) refuse_unsupported(name);
  }
  Query query;
  for (const json::value& entry : array_or_empty(given, "TagFilters", tagging_words))
    query.tags.push_back(filter_of(entry));
  if (query.tags.size() > filters_max) throw invalid("There are more than 50 tag filters.");
  query.types = text_list(given, "ResourceTypeFilters", tagging_words);
  for (std::string& arn : text_list(given, "ResourceARNList", tagging_words))
    query.arns.insert(std::move(arn));
  if (!query.arns.empty() && (!query.tags.empty() || !query.types.empty()))
    throw invalid("ResourceARNList cannot be used with TagFilters or ResourceTypeFilters.");
  const std::int64_t page = optional_integer(given, "ResourcesPerPage").value_or(page_default);
  if (page < 1 || page > page_max) throw invalid("ResourcesPerPage must be between 1 and 100.");
  query.page = static_cast<std::size_t>(page);
  const std::string token = optional_text(given, "PaginationToken").value_or("");
  const auto after = from_base64(token);
  if (!after || (!token.empty() && !after->starts_with("arn:")))
    throw ServiceError{"PaginationTokenExpiredException", "The pagination token is none of this service.",
                       400};
  query.after = *after;
  return query;
}

bool is_asked_for(const Query& query, const Kind& kind) {
  const std::string service(kind.service);
  return query.types.empty() || std::ranges::any_of(query.types, [&](const std::string& type) {
           return type == service || type == service + ":" + std::string(kind.type);
         });
}

bool matches(const Query& query, const std::string& arn, const ResourceTags& tags) {
  if (!query.arns.empty() && !query.arns.contains(arn)) return false;
  return std::ranges::all_of(query.tags, [&](const TagFilter& filter) {
    const auto found = tags.find(filter.key);
    return found != tags.end() && (filter.values.empty() || filter.values.contains(found->second));
  });
}

ResourceTags tags_of(const Kind& kind, const std::string& text) {
  if (!kind.tags_as_header) return from_tags_column(text);
  const auto set = s3::parse_tagging_header(text);
  if (!set) throw Error(ErrorKind::corrupt, "the tags of a bucket cannot be read");
  ResourceTags tags;
  for (const s3::Tag& tag : *set) tags[tag.key] = tag.value;
  return tags;
}

json::object mapping_of(const std::string& arn, const ResourceTags& tags) {
  json::array list;
  for (const auto& [key, value] : tags) list.push_back(json::object{{"Key", key}, {"Value", value}});
  return {{"ResourceARN", arn}, {"Tags", std::move(list)}};
}

class TaggingService : public cloud::Service {
 public:
  explicit TaggingService(cloud::RegionContext& region) : region_(region) {
    api_.target_prefix = "ResourceGroupsTaggingAPI_20170126";
    api_.operations["GetResources"] = operation_of(this, &TaggingService::get_resources);
  }

  std::string_view signing_name() const override { return "tagging"; }
  Task<HttpResponse> handle(cloud::ServiceRequest request) override {
    return answer_json(api_, std::move(request));
  }

 private:
  // In the order of their ARNs, so that a page can go on from where the last one ended.
  std::map<std::string, ResourceTags> find(const Query& query, const std::string& account) {
    std::map<std::string, ResourceTags> found;
    for (const Kind& kind : kinds) {
      if (!is_asked_for(query, kind)) continue;
      auto rows = region_.database.reader().prepare(kind.sql);
      rows.bind(account);
      while (rows.step()) {
        std::string arn = kind.arn(region_.options.region.text(), account, rows.text(0));
        ResourceTags tags = tags_of(kind, rows.text(1));
        if (arn > query.after && matches(query, arn, tags)) found.emplace(std::move(arn), std::move(tags));
      }
    }
    return found;
  }

  Task<json::value> get_resources(const cloud::ServiceRequest& request, const json::object& given) {
    const Query query = read_query(given);
    json::array list;
    std::string token;
    for (const auto& [arn, tags] : find(query, request.caller.account.text())) {
      if (list.size() == query.page) {
        token = to_base64(list.back().at("ResourceARN").as_string());
        break;
      }
      list.push_back(mapping_of(arn, tags));
    }
    co_return json::object{{"PaginationToken", token}, {"ResourceTagMappingList", std::move(list)}};
  }

  cloud::RegionContext& region_;
  JsonApi api_;
};

}  // namespace

std::unique_ptr<cloud::Service> make_tagging_service(cloud::RegionContext& region) {
  return std::make_unique<TaggingService>(region);
}

}  // namespace s3dr::services
