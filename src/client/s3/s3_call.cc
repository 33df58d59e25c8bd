#include "client/s3/s3_call.h"

#include "base/http_message.h"
#include "s3/request_path.h"

namespace s3dr::client {
namespace {

// What stands before the root element: blanks, a byte order mark, the declaration, comments.
std::string_view from_root(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (true) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    text.remove_prefix(first);
    std::string_view end;
    if (text.starts_with("<?")) {
      end = "?>";
    } else if (text.starts_with("<!--")) {
      end = "-->";
    } else {
      return text;
    }
    const auto close = text.find(end);
    if (close == std::string_view::npos) return {};
    text.remove_prefix(close + end.size());
  }
}

}  // namespace

std::string target_of(const S3Call& call, const Address& address) {
  if (!call.control_path.empty()) return aws::with_query(address.path + call.control_path, call.query);
  return s3::object_target(address.path, call.key, call.query);
}

std::string resource_of(const S3Call& call) {
  if (!call.control_path.empty()) return "s3-control:" + call.control_path;
  if (call.bucket.empty()) return "s3:";
  return call.key.empty() ? s3::bucket_url(call.bucket) : s3::object_url(call.bucket, call.key);
}

bool is_error_document(std::string_view text) {
  const std::string_view root = from_root(text);
  return root.starts_with("<Error>") || root.starts_with("<Error ") || root.starts_with("<Error/") ||
         root.starts_with("<ErrorResponse");
}

bool looks_like_html(std::string_view text) {
  const std::string start = lower_case(from_root(text).substr(0, 14));
  return start.starts_with("<!doctype html") || start.starts_with("<html");
}

}  // namespace s3dr::client
