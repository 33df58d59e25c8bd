#include "cloud/replication/peer_bucket.h"

#include <boost/json.hpp>
#include <exception>

#include "aws/hash.h"
#include "base/task_group.h"
#include "cloud/door/internal_auth.h"
#include "cloud/store/bucket_table.h"

namespace s3dr::cloud {
namespace {

namespace json = boost::json;
constexpr std::size_t answer_bytes_max = 64 * 1024;

const Endpoint* endpoint_of(const RegionContext& region, const s3::Region& peer) {
  for (const auto& [name, endpoint] : region.options.peers) {
    if (name == peer) return &endpoint;
  }
  return nullptr;
}

Error cannot_ask(const s3::Region& peer) {
  return refuse("ServiceUnavailable",
                "The region " + peer.text() + " cannot be asked at present. Please try again.");
}

std::optional<PeerBucket> parse_answer(const std::string& text) {
  json::error_code failure;
  const json::value value = json::parse(text, failure);
  if (failure || !value.is_object()) return std::nullopt;
  const json::value* account = value.as_object().if_contains("account");
  const json::value* versioning = value.as_object().if_contains("versioning");
  if (account == nullptr || !account->is_string() || versioning == nullptr || !versioning->is_string()) {
    return std::nullopt;
  }
  PeerBucket result;
  result.account = s3::AccountId::parse(std::string_view(account->as_string()));
  if (versioning->as_string() == "Enabled") result.versioning = s3::Versioning::enabled;
  if (versioning->as_string() == "Suspended") result.versioning = s3::Versioning::suspended;
  return result;
}

struct Answer {
  int status = 0;
  std::string text;
};

Task<Answer> ask(RegionContext& region, Endpoint endpoint, s3::Region peer, s3::BucketName bucket) {
  HttpRequest request;
  request.method = "GET";
  request.target = std::string(peer_bucket_path) + bucket.text();
  request.headers.add("Host", endpoint.host_header());
  sign_internal(region, peer, request, aws::empty_sha256_hex);
  http::SendOptions options;
  options.connect_max = milliseconds(2'000);
  options.idle_max = milliseconds(5'000);
  HttpResponse response = co_await region.transport.send(endpoint, std::move(request), options);
  Answer answer;
  answer.status = response.status;
  answer.text = co_await response.body.read_all(answer_bytes_max);
  co_return answer;
}

}  // namespace

Task<std::optional<PeerBucket>> describe_peer_bucket(RegionContext& region, s3::Region peer,
                                                     s3::BucketName bucket) {
  const Endpoint* endpoint = endpoint_of(region, peer);
  if (endpoint == nullptr) throw cannot_ask(peer);
  Answer answer;
  try {
    answer = co_await ask(region, *endpoint, peer, bucket);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    region.log.warning("peer region cannot be asked", {{"region", peer.text()}, {"error", error.what()}});
    throw cannot_ask(peer);
  }
  if (answer.status == 404) co_return std::nullopt;
  auto result = answer.status == 200 ? parse_answer(answer.text) : std::nullopt;
  if (!result) {
    region.log.warning("peer region gave no answer of use",
                       {{"region", peer.text()}, {"status", std::to_string(answer.status)}});
    throw cannot_ask(peer);
  }
  co_return result;
}

HttpResponse answer_peer_bucket(RegionContext& region, std::string_view bucket) {
  const auto row = find_bucket(region.database.reader(), bucket);
  HttpResponse response;
  response.headers.add("Content-Type", "application/json");
  if (!row) {
    response.status = 404;
    response.body = Body(std::string(R"({"code":"NoSuchBucket"})"));
    return response;
  }
  std::string_view versioning = "";
  if (row->versioning == s3::Versioning::enabled) versioning = "Enabled";
  if (row->versioning == s3::Versioning::suspended) versioning = "Suspended";
  const json::object answer = {{"account", row->account.text()}, {"versioning", versioning}};
  response.body = Body(json::serialize(answer));
  return response;
}

}  // namespace s3dr::cloud
