#include "cloud/services/iam/sessions.h"

namespace s3dr::services {

cloud::AccessKey open_session(cloud::RegionContext& region, const cloud::Role& role,
                              const std::string& session_name, std::chrono::seconds duration) {
  constexpr std::size_t secret_length = 40;
  constexpr std::size_t token_length = 200;
  cloud::AccessKey key;
  key.access_key_id = cloud::new_iam_id(region.random, "ASIA").substr(0, 20);
  key.secret_access_key = Secret(region.random.alphanumeric(secret_length));
  key.session_token = Secret("IQoJ" + region.random.alphanumeric(token_length));
  key.account = role.account;
  key.role_name = role.name;
  key.role_id = role.id;
  key.session_name = session_name;
  const Instant now = region.clock.now();
  key.expires = now + duration;
  region.global.add_session(key, now);
  return key;
}

std::expected<cloud::AccessKey, std::string> assume_for_service(
    cloud::RegionContext& region, const std::string& service, const std::string& role_arn,
    const std::string& session_name, std::chrono::seconds duration, const cloud::ActsFor& acts_for) {
  if (auto why = cloud::why_not_assumable(region, service, role_arn, acts_for))
    return std::unexpected(std::move(*why));
  const auto role = region.global.roles().find_by_arn(role_arn);
  if (!role) return std::unexpected("there is no role " + role_arn);  // deleted meanwhile
  return open_session(region, *role, session_name, duration);
}

}  // namespace s3dr::services
