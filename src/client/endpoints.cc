#include "client/endpoints.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "base/error.h"

namespace s3dr::client {
namespace {

constexpr const char* how_to_write_it =
    "write it as {\"us-west-2\": \"http://host:port\"} or "
    "us-west-2=http://host:port,us-east-2=https://host:port";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Error malformed(const std::string& why) {
  return Error(ErrorKind::invalid, "the endpoints are not understood: " + why).with_advice(how_to_write_it);
}

}  // namespace

std::string_view partition_suffix(const s3::Region& region) {
  if (region.text().starts_with("cn-")) return "amazonaws.com.cn";
  if (region.text().starts_with("eusc-")) return "amazonaws.eu";
  return "amazonaws.com";
}

EndpointMap EndpointMap::parse(std::string_view text) {
  EndpointMap result;
  const auto add = [&](std::string_view region, std::string_view url) {
    const s3::Region name = s3::Region::parse(region);
    if (result.custom(name)) throw malformed(fmt::format("region {} stands there twice", region));
    result.set(name, Endpoint::parse(url));
  };
  std::string_view rest = trimmed(text);
  if (rest.empty()) return result;
  if (rest.starts_with('{')) {
    boost::system::error_code failure;
    const boost::json::value parsed =
        boost::json::parse(boost::json::string_view(rest.data(), rest.size()), failure);
    if (failure) throw malformed("the JSON is broken: " + failure.message());
    for (const auto& field : parsed.as_object()) {
      const auto* url = field.value().if_string();
      if (url == nullptr) throw malformed("every value must be a url in quotes");
      add(std::string_view(field.key().data(), field.key().size()),
          std::string_view(url->data(), url->size()));
    }
    return result;
  }
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view entry = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) throw malformed(fmt::format("\"{}\" has no '='", entry));
    add(trimmed(entry.substr(0, equals)), trimmed(entry.substr(equals + 1)));
  }
  return result;
}

void EndpointMap::set(const s3::Region& region, Endpoint endpoint) {
  custom_.insert_or_assign(region, std::move(endpoint));
}

std::optional<Endpoint> EndpointMap::custom(const s3::Region& region) const {
  const auto found = custom_.find(region);
  if (found == custom_.end()) return std::nullopt;
  return found->second;
}

Address EndpointMap::bucket_address(const s3::Region& region, const s3::BucketName& bucket) const {
  const std::string path = bucket.empty() ? std::string() : "/" + bucket.text();
  if (const auto endpoint = custom(region)) return {*endpoint, path};
  const std::string host = fmt::format("s3.{}.{}", region.text(), partition_suffix(region));
  if (bucket.empty() || bucket.text().find('.') != std::string::npos)
    return {Endpoint{true, host, 443}, path};
  return {Endpoint{true, bucket.text() + "." + host, 443}, ""};
}

Address EndpointMap::control_address(const s3::Region& region, const s3::AccountId& account) const {
  if (const auto endpoint = custom(region)) return {*endpoint, ""};
  if (account.empty()) throw Error(ErrorKind::invalid, "S3 Control needs the account id");
  const std::string host =
      fmt::format("{}.s3-control.{}.{}", account.text(), region.text(), partition_suffix(region));
  return {Endpoint{true, host, 443}, ""};
}

bool EndpointMap::may_redirect(const s3::Region& from, const s3::Region& to) const {
  return custom(to).has_value() || !custom(from).has_value();
}

}  // namespace s3dr::client
