#include "client/credentials/credential_source.h"

#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <utility>

#include "aws/json_path.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::client {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;

class StaticSource : public CredentialSource {
 public:
  StaticSource(TimedCredentials credentials, std::string method, std::string where)
      : credentials_(std::move(credentials)), method_(std::move(method)), where_(std::move(where)) {}
  Task<TimedCredentials> fetch() override { co_return credentials_; }
  std::string method() const override { return method_; }
  std::string where() const override { return where_; }

 private:
  TimedCredentials credentials_;
  std::string method_, where_;
};

// "+05:30" in minutes.
std::optional<int> offset_minutes(std::string_view text) {
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  int hours = 0, minutes = 0;
  const auto read = [](std::string_view digits, int& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() && value >= 0;
  };
  if (!read(text.substr(1, 2), hours) || !read(text.substr(4, 2), minutes)) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::unique_ptr<CredentialSource> make_static_source(TimedCredentials credentials, std::string method,
                                                     std::string where) {
  return std::make_unique<StaticSource>(std::move(credentials), std::move(method), std::move(where));
}

TimedCredentials parse_credential_document(std::string_view text, std::string_view token_name,
                                           const std::string& resource) {
  const auto broken = [&](const std::string& why) {
    return Error(ErrorKind::corrupt, "the credentials are not understood: " + why).with_resource(resource);
  };
  const boost::json::value document = aws::parse_or_null(text);
  if (!document.is_object()) throw broken("no JSON object");
  TimedCredentials result;
  result.keys.access_key_id = aws::text_at(document, {"AccessKeyId"});
  result.keys.secret_access_key = Secret(aws::text_at(document, {"SecretAccessKey"}));
  result.keys.session_token = Secret(aws::text_at(document, {token_name}));
  if (result.keys.access_key_id.empty()) throw broken("AccessKeyId is missing");
  if (result.keys.secret_access_key.empty()) throw broken("SecretAccessKey is missing");
  if (const std::string expiration = aws::text_at(document, {"Expiration"}); !expiration.empty()) {
    result.expires = parse_expiration(expiration);
    if (!result.expires) throw broken("Expiration is no time");
  }
  return result;
}

std::optional<Instant> parse_expiration(std::string_view text) {
  if (text.ends_with('Z') || text.size() < 6) return from_iso8601(text);
  const auto minutes = offset_minutes(text.substr(text.size() - 6));
  if (!minutes) return std::nullopt;
  const auto local = from_iso8601(std::string(text.substr(0, text.size() - 6)) + "Z");
  if (!local) return std::nullopt;
  return *local - std::chrono::minutes(*minutes);
}

std::optional<std::string> read_small_file(const std::string& path, const std::string& what) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  const auto unreadable = [&](const std::string& why) {
    return Error(ErrorKind::invalid, what + " cannot be read: " + why).with_resource(path);
  };
  if (S_ISDIR(status.st_mode)) throw unreadable("it is a directory");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw unreadable(std::strerror(errno));
  std::string text(file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) throw unreadable("reading failed");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > file_bytes_max) throw unreadable("it is larger than 1 MiB");
  return text;
}

}  // namespace s3dr::client
