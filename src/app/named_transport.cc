#include "app/named_transport.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace s3dr::app {
namespace {

bool answers_for(const Config& config, const s3::Region& region, const Endpoint& endpoint) {
  const auto custom = config.endpoints.custom(region);
  if (!custom) return endpoint.tls && endpoint.host.find("." + region.text() + ".") != std::string::npos;
  if (custom->port != endpoint.port || custom->tls != endpoint.tls) return false;
  return endpoint.host == custom->host || endpoint.host.ends_with("." + custom->host);  // bucket.host
}

class NamedTransport : public http::HttpTransport {
 public:
  NamedTransport(std::unique_ptr<http::HttpTransport> inner, Config config)
      : inner_(std::move(inner)), config_(std::move(config)) {}

  Task<HttpResponse> send(Endpoint endpoint, HttpRequest request, http::SendOptions options) override {
    try {
      co_return co_await inner_->send(endpoint, std::move(request), options);
    } catch (const Error& error) {
      const bool network =
          error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::outcome_unknown;
      if (!network || error.resource() != endpoint.url()) throw;
      const std::string side = side_at(config_, endpoint);
      if (side.empty()) throw;
      throw Error(error).with_resource(endpoint.url() + " (" + side + ")");
    }
  }

 private:
  std::unique_ptr<http::HttpTransport> inner_;
  Config config_;
};

}  // namespace

std::string side_at(const Config& config, const Endpoint& endpoint) {
  const bool source = answers_for(config, config.source.region, endpoint);
  const auto answers = [&](const ProtectionConfig& protection) {
    return answers_for(config, protection.destination.region, endpoint);
  };
  const auto destination = std::ranges::find_if(config.protections, answers);
  if (source && destination != config.protections.end()) return "both sides";
  if (source) return "the source, " + config.source.region.text();
  if (destination != config.protections.end())
    return "the destination, " + destination->destination.region.text();
  return "";
}

std::unique_ptr<http::HttpTransport> name_sides(std::unique_ptr<http::HttpTransport> inner,
                                                const Config& config) {
  return std::make_unique<NamedTransport>(std::move(inner), config);
}

}  // namespace s3dr::app
