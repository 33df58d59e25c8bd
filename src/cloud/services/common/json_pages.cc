#include "cloud/services/common/json_pages.h"

#include "base/encoding.h"
#include "cloud/services/common/json_fields.h"

namespace s3dr::services {

Page page_of(const boost::json::object& request) {
  Page page;
  if (const auto limit = optional_integer(request, "Limit")) {
    if (*limit < 1 || *limit > 100) refuse_value("Limit must be between 1 and 100.");
    page.limit = static_cast<std::size_t>(*limit);
  }
  if (const auto token = optional_text(request, "NextToken")) {
    const auto name = from_base64(*token);
    if (!name) refuse_value("NextToken is not one of this service.");
    page.after = *name;
  }
  return page;
}

std::string next_token(const std::string& last) {
  return to_base64(last);
}

}  // namespace s3dr::services
