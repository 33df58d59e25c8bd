#include "client/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/url_text.h"

namespace s3dr::client {
namespace {

constexpr const char* how_to_write_it =
    "write it as {\"us-west-2\": \"http://host:port\"}, "
    "{\"us-west-2\": {\"url\": \"http://host:port\", \"addressing\": \"virtual\"}} or "
    "us-west-2=http://host:port,us-east-2=https://host:port";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Error malformed(const std::string& why) {
  return Error(ErrorKind::invalid, "the endpoints are not understood: " + why).with_advice(how_to_write_it);
}

// One label of a host name, as certificates and resolvers take it without ado.
bool is_host_label(std::string_view text) {
  const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, is_allowed);
}

std::string_view text_of(const boost::json::string& text) {
  return {text.data(), text.size()};
}

// The value of one region in the JSON form.
std::pair<std::string_view, Addressing> read_value(const boost::json::value& value) {
  if (const auto* url = value.if_string()) return {text_of(*url), Addressing::path};
  const auto* fields = value.if_object();
  if (fields == nullptr) throw malformed("every value must be a url in quotes, or an object with \"url\"");
  std::pair<std::string_view, Addressing> result{{}, Addressing::path};
  for (const auto& field : *fields) {
    const auto* text = field.value().if_string();
    if (text == nullptr) throw malformed("\"url\" and \"addressing\" are texts");
    if (field.key() == "url") {
      result.first = text_of(*text);
    } else if (field.key() == "addressing") {
      result.second = parse_addressing(text_of(*text));
    } else {
      throw malformed("unknown key: " + std::string(field.key()));
    }
  }
  return result;
}

}  // namespace

Addressing parse_addressing(std::string_view text) {
  if (text == "path") return Addressing::path;
  if (text == "virtual") return Addressing::virtual_host;
  throw Error(ErrorKind::invalid, fmt::format("the addressing \"{}\" is not known: path or virtual", text));
}

std::string_view to_string(Addressing addressing) {
  return addressing == Addressing::path ? "path" : "virtual";
}

std::string_view partition_suffix(const s3::Region& region) {
  if (region.text().starts_with("cn-")) return "amazonaws.com.cn";
  if (region.text().starts_with("eusc-")) return "amazonaws.eu";
  return "amazonaws.com";
}

EndpointMap EndpointMap::parse(std::string_view text) {
  EndpointMap result;
  const auto add = [&](std::string_view region, std::string_view url, Addressing addressing) {
    const s3::Region name = s3::Region::parse(region);
    if (result.custom(name)) throw malformed(fmt::format("region {} stands there twice", region));
    result.set(name, Endpoint::parse(url));
    result.set_addressing(name, addressing);
  };
  std::string_view rest = trimmed(text);
  if (rest.empty()) return result;
  if (rest.starts_with('{')) {
    boost::system::error_code failure;
    const boost::json::value parsed =
        boost::json::parse(boost::json::string_view(rest.data(), rest.size()), failure);
    if (failure) throw malformed("the JSON is broken: " + failure.message());
    for (const auto& field : parsed.as_object()) {
      const auto [url, addressing] = read_value(field.value());
      add(std::string_view(field.key().data(), field.key().size()), url, addressing);
    }
    return result;
  }
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view entry = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos)
      throw malformed(fmt::format("\"{}\" has no '='", without_user_info(entry)));
    add(trimmed(entry.substr(0, equals)), trimmed(entry.substr(equals + 1)), Addressing::path);
  }
  return result;
}

void EndpointMap::set(const s3::Region& region, Endpoint endpoint) {
  custom_.insert_or_assign(region, Custom{std::move(endpoint)});
}

void EndpointMap::set_addressing(const s3::Region& region, Addressing addressing) {
  const auto found = custom_.find(region);
  if (found == custom_.end())
    throw Error(ErrorKind::invalid, fmt::format("there is no endpoint for region {}", region.text()));
  boost::system::error_code no_address;
  boost::asio::ip::make_address(found->second.endpoint.host, no_address);
  if (addressing == Addressing::virtual_host && !no_address) {
    throw Error(
        ErrorKind::invalid,
        fmt::format("a bucket's name cannot stand in front of the address {}; virtual needs a host name",
                    found->second.endpoint.host));
  }
  found->second.addressing = addressing;
}

Addressing EndpointMap::addressing(const s3::Region& region) const {
  const auto found = custom_.find(region);
  return found == custom_.end() ? Addressing::virtual_host : found->second.addressing;
}

std::string EndpointMap::to_json(std::span<const s3::Region> regions) const {
  boost::json::object result;
  for (const s3::Region& region : regions) {
    const auto endpoint = custom(region);
    if (!endpoint) continue;
    if (addressing(region) == Addressing::path) {
      result[region.text()] = endpoint->url();
    } else {
      result[region.text()] = {{"url", endpoint->url()}, {"addressing", to_string(addressing(region))}};
    }
  }
  return result.empty() ? "" : boost::json::serialize(result);
}

std::optional<Endpoint> EndpointMap::custom(const s3::Region& region) const {
  const auto found = custom_.find(region);
  if (found == custom_.end()) return std::nullopt;
  return found->second.endpoint;
}

Address EndpointMap::bucket_address(const s3::Region& region, const s3::BucketName& bucket) const {
  const std::string path = bucket.empty() ? std::string() : "/" + bucket.text();
  Endpoint endpoint = custom(region).value_or(
      Endpoint{true, fmt::format("s3.{}.{}", region.text(), partition_suffix(region)), 443});
  if (addressing(region) == Addressing::path || !is_host_label(bucket.text())) return {endpoint, path};
  endpoint.host = bucket.text() + "." + endpoint.host;
  return {endpoint, ""};
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
