// What S3 refuses of a website's configuration.
#include <charconv>

#include "aws/xml.h"
#include "cloud/settings/setting_checks.h"

namespace s3dr::cloud {
namespace {

namespace xml = aws::xml;

constexpr int routing_rules_max = 50;

int code_of(pugi::xml_node element) {
  const std::string text = xml::trimmed_text(element);
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (error != std::errc() || end != text.data() + text.size()) refuse_document();
  return code;
}

void check_protocol(pugi::xml_node redirect) {
  const std::string protocol = xml::child_text(redirect, "Protocol");
  if (xml::child(redirect, "Protocol") && protocol != "http" && protocol != "https")
    throw refuse("InvalidRequest",
                 "Invalid protocol, protocol can be http or https. If not defined the protocol will be "
                 "selected automatically.");
}

bool is_empty(pugi::xml_node element) {
  bool empty = true;
  xml::for_each_element(element, [&](pugi::xml_node, std::string_view) { empty = false; });
  return empty;
}

void check_condition(pugi::xml_node condition) {
  if (!condition) return;
  if (is_empty(condition)) refuse_document();
  const auto code = xml::child(condition, "HttpErrorCodeReturnedEquals");
  if (!code) return;
  const int number = code_of(code);
  const bool known = (number >= 400 && number <= 417) || (number >= 500 && number <= 505);
  if (!known)
    throw refuse("InvalidRequest", "The provided HTTP error code (" + std::to_string(number) +
                                       ") is not valid. Valid codes are 4XX or 5XX.");
}

void check_redirect(pugi::xml_node redirect) {
  if (is_empty(redirect)) refuse_document();
  check_protocol(redirect);
  if (xml::child(redirect, "ReplaceKeyWith") && xml::child(redirect, "ReplaceKeyPrefixWith"))
    throw refuse("InvalidRequest", "You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  const auto code = xml::child(redirect, "HttpRedirectCode");
  if (!code) return;
  const int number = code_of(code);
  if (number < 301 || number > 308 || number == 306)
    throw refuse("InvalidRequest", "The provided HTTP redirect code (" + std::to_string(number) +
                                       ") is not valid. Valid codes are 3XX except 300.");
}

}  // namespace

void check_website(const SettingChange& change) {
  const auto all = xml::child(change.document, "RedirectAllRequestsTo");
  const auto index = xml::child(change.document, "IndexDocument");
  const auto error = xml::child(change.document, "ErrorDocument");
  const auto rules = xml::child(change.document, "RoutingRules");
  if (all && (index || error || rules)) refuse_document();
  if (all) return check_protocol(all);
  if (!index)
    throw refuse("InvalidArgument",
                 "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
  const std::string suffix = xml::child_text(index, "Suffix");
  if (suffix.empty() || suffix.find('/') != std::string::npos)
    throw refuse("InvalidArgument", "The IndexDocument Suffix is not well formed");
  if (error && xml::child_text(error, "Key").empty())
    throw refuse("InvalidArgument", "The ErrorDocument Key is not well formed");
  int count = 0;
  xml::for_each_element(rules, [&](pugi::xml_node rule, std::string_view) {
    ++count;
    check_condition(xml::child(rule, "Condition"));
    check_redirect(xml::child(rule, "Redirect"));
  });
  if (count > routing_rules_max)
    throw refuse("InvalidRequest", std::to_string(count) +
                                       " routing rules provided, the number of routing rules in a website "
                                       "configuration is limited to 50.");
}

}  // namespace s3dr::cloud
