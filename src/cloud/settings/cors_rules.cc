#include "cloud/settings/cors_rules.h"

#include <algorithm>

#include "aws/xml.h"
#include "cloud/settings/document_schema.h"

namespace s3dr::cloud {
namespace {

namespace xml = aws::xml;

// `pattern` has at most one '*'.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  return text.size() >= before.size() + after.size() && text.starts_with(before) && text.ends_with(after);
}

std::vector<std::string> texts(pugi::xml_node rule, std::string_view wanted) {
  std::vector<std::string> result;
  xml::for_each_element(rule, [&](pugi::xml_node item, std::string_view name) {
    if (name == wanted) result.push_back(xml::text(item));
  });
  return result;
}

std::string joined(const std::vector<std::string>& items) {
  std::string result;
  for (const std::string& item : items) result += (result.empty() ? "" : ", ") + item;
  return result;
}

bool allows_headers(pugi::xml_node rule, const std::vector<std::string>& headers) {
  const auto allowed = texts(rule, "AllowedHeader");
  return std::ranges::all_of(headers, [&](const std::string& header) {
    return std::ranges::any_of(allowed, [&](const std::string& pattern) {
      return matches(lower_case(pattern), lower_case(header));
    });
  });
}

Headers answer_of(pugi::xml_node rule, const std::string& pattern, const CrossOriginRequest& request) {
  Headers headers;
  const bool anybody = pattern == "*";
  headers.set("Access-Control-Allow-Origin", anybody ? "*" : request.origin);
  headers.set("Access-Control-Allow-Methods", joined(texts(rule, "AllowedMethod")));
  if (!request.headers.empty())
    headers.set("Access-Control-Allow-Headers", lower_case(joined(request.headers)));
  const auto exposed = texts(rule, "ExposeHeader");
  if (!exposed.empty()) headers.set("Access-Control-Expose-Headers", joined(exposed));
  const std::string age = xml::child_text(rule, "MaxAgeSeconds");
  if (!age.empty()) headers.set("Access-Control-Max-Age", age);
  if (!anybody) headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
  return headers;
}

}  // namespace

bool is_header_name(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](const char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

std::optional<Headers> cors_headers(const std::string& configuration, const CrossOriginRequest& request) {
  const xml::Document document(whole_document("CORSConfiguration", configuration));
  std::optional<Headers> found;
  xml::for_each_element(document.any_root(), [&](pugi::xml_node rule, std::string_view) {
    if (found) return;
    const auto methods = texts(rule, "AllowedMethod");
    if (std::ranges::find(methods, request.method) == methods.end()) return;
    if (!allows_headers(rule, request.headers)) return;
    for (const std::string& pattern : texts(rule, "AllowedOrigin")) {
      if (!found && matches(pattern, request.origin)) found = answer_of(rule, pattern, request);
    }
  });
  return found;
}

}  // namespace s3dr::cloud
