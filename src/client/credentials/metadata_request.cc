#include "client/credentials/metadata_request.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "client/attempt.h"

namespace s3dr::client {

Task<MetadataAnswer> ask_metadata(FetchTools tools, MetadataRequest request) {
  HttpRequest http;
  http.method = std::move(request.method);
  http.target = std::move(request.target);
  http.headers = std::move(request.headers);
  http.headers.set("Host", request.endpoint.host_header());
  http.headers.set("User-Agent", "s3dr");
  ExchangeRules rules;
  rules.limit = request.limit;
  rules.send.connect_max = request.limit;
  rules.send.idle_max = request.limit;
  rules.resource = request.endpoint.url();
  const Endpoint endpoint = request.endpoint;
  RawAnswer raw = co_await exchange(tools.transport, tools.clock, endpoint, std::move(http), std::move(rules),
                                    aws::Credentials());
  co_return MetadataAnswer{raw.status, std::move(raw.text)};
}

SplitUrl split_url(std::string_view url) {
  // A password in it must not get into a message.
  if (url.find('@') != std::string_view::npos) throw Error(ErrorKind::invalid, "the url names a user");
  const auto scheme = url.find("://");
  const auto path = scheme == std::string_view::npos ? std::string_view::npos : url.find('/', scheme + 3);
  SplitUrl result{Endpoint::parse(url.substr(0, path)), "/"};
  if (path != std::string_view::npos) result.target = url.substr(path);
  const bool plain = std::all_of(result.target.begin(), result.target.end(),
                                 [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
  if (!plain) throw Error(ErrorKind::invalid, "the url has a character that no url has");
  return result;
}

}  // namespace s3dr::client
