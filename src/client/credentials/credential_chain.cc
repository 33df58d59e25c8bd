#include "client/credentials/credential_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "client/credentials/assume_role.h"
#include "client/credentials/container_credentials.h"
#include "client/credentials/credential_process.h"
#include "client/credentials/endpoint_settings.h"
#include "client/credentials/instance_metadata.h"
#include "client/credentials/profile_files.h"
#include "client/credentials/refreshing_credentials.h"
#include "client/credentials/sso_credentials.h"
#include "client/credentials/web_identity.h"

namespace s3dr::client {
namespace {

using SourcePtr = std::unique_ptr<CredentialSource>;

// The instance's role, when nothing else is configured. Every machine asks for it. So if it has never
// answered, that only means that there are no credentials.
class LastResort : public CredentialSource {
 public:
  LastResort(SourcePtr instance, Error nothing)
      : instance_(std::move(instance)),
        nothing_(std::move(nothing)) {}  // NOLINT(bugprone-throw-keyword-missing): kept, to be thrown later

  Task<TimedCredentials> fetch() override {
    std::optional<Error> failure;
    try {
      TimedCredentials found = co_await instance_->fetch();
      has_answered_ = true;
      co_return found;
    } catch (const Error& error) {
      if (has_answered_ || error.kind() == ErrorKind::cancelled) throw;
      failure = error;
    }
    throw Error(nothing_.kind(), nothing_.message() + "; " + where() + ": " + failure->message())
        .with_advice(nothing_.advice());
  }
  std::string method() const override { return instance_->method(); }
  std::string where() const override { return instance_->where(); }
  bool is_statically_stable() const override { return instance_->is_statically_stable(); }

 private:
  SourcePtr instance_;
  Error nothing_;
  bool has_answered_ = false;
};

class Chain {
 public:
  Chain(const CredentialChoice& choice, const EndpointMap& endpoints, FetchTools tools)
      : choice_(choice),
        environment_(choice.environment),
        endpoints_(endpoints),
        tools_(tools),
        files_(read_profile_files(choice.environment)),
        profile_(choice.profile ? *choice.profile : aws::choose_profile(choice.environment)) {}

  SourcePtr choose() {
    require_named_profile(files_, choice_);
    if (!choice_.profile) {
      if (SourcePtr source = of_environment()) return source;
    }
    if (is_assumed(files_.profiles.find(profile_))) return of_role(profile_, {profile_});
    if (SourcePtr source = of_profile(profile_, !choice_.profile)) return source;
    if (SourcePtr source = container_source(environment_, tools_)) return source;
    Error nothing(ErrorKind::invalid, "no credentials: " + where_looked(files_, profile_));
    nothing.with_advice(
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile or AWS_PROFILE");
    if (SourcePtr source = instance_source()) {
      return std::make_unique<LastResort>(std::move(source), std::move(nothing));
    }
    throw nothing;
  }

 private:
  // A web identity in the profile comes in its own place, also within a chain of roles.
  static bool is_assumed(const aws::Profile* profile) {
    return profile != nullptr && profile->setting("role_arn") && !profile->setting("web_identity_token_file");
  }

  SourcePtr of_environment() const {
    auto keys = aws::credentials_from_environment(environment_);
    if (!keys) return nullptr;
    TimedCredentials timed{*std::move(keys), std::nullopt};
    if (const auto text = environment_("AWS_CREDENTIAL_EXPIRATION"); text && !text->empty()) {
      timed.expires = parse_expiration(*text);
      if (!timed.expires) {
        throw Error(ErrorKind::invalid, "\"" + *text + "\" is no time; write 2026-08-01T10:15:00Z")
            .with_resource("AWS_CREDENTIAL_EXPIRATION");
      }
    }
    return make_static_source(std::move(timed), "env", "the environment");
  }

  SourcePtr instance_source() const {
    return instance_metadata_source(environment_, files_.profiles.find(profile_), tools_);
  }

  // `visited`: the profiles on the way here, this one included.
  SourcePtr of_role(const std::string& name, std::vector<std::string> visited) const {
    const aws::Profile& profile = *files_.profiles.find(name);
    if (profile.setting("mfa_serial")) {
      throw refusal(ErrorKind::unsupported, name,
                    "wants a code of an MFA device, and nobody is asked for one")
          .with_advice("put temporary keys into the environment, or use a role without mfa_serial");
    }
    const auto source_profile = profile.setting("source_profile");
    const auto credential_source = profile.setting("credential_source");
    if (source_profile.has_value() == credential_source.has_value()) {
      throw refusal(ErrorKind::invalid, name,
                    "has role_arn and needs exactly one of source_profile and credential_source");
    }
    RoleSettings settings;
    settings.role_arn = *profile.setting("role_arn");
    settings.session_name = profile.setting("role_session_name").value_or("");
    settings.external_id = profile.setting("external_id").value_or("");
    settings.duration_seconds = profile.setting("duration_seconds").value_or("");
    settings.where = profile_text(name, files_.config_path);
    SourcePtr source = credential_source ? of_named_source(name, *credential_source)
                                         : of_source_profile(name, *source_profile, std::move(visited));
    return assume_role_source(std::move(settings), std::move(source), sts_place(), tools_);
  }

  SourcePtr of_named_source(const std::string& name, const std::string& source) const {
    const std::string word = lower_case(source);
    SourcePtr result;
    if (word == "environment") {
      result = of_environment();
    } else if (word == "ec2instancemetadata") {
      result = instance_source();
    } else if (word == "ecscontainer") {
      result = container_source(environment_, tools_);
    } else {
      throw refusal(ErrorKind::invalid, name, fmt::format("has an unknown credential_source \"{}\"", source))
          .with_advice("it is Environment, Ec2InstanceMetadata or EcsContainer");
    }
    if (result) return result;
    throw refusal(ErrorKind::invalid, name,
                  fmt::format("takes its keys from {}, and there are none", source));
  }

  SourcePtr of_source_profile(const std::string& name, const std::string& source,
                              std::vector<std::string> visited) const {
    const aws::Profile* profile = files_.profiles.find(source);
    if (profile == nullptr) {
      throw refusal(ErrorKind::invalid, name,
                    fmt::format("names a source_profile \"{}\" that does not exist", source));
    }
    const bool is_circle = std::find(visited.begin(), visited.end(), source) != visited.end();
    // A profile may be its own source when its keys stand beside its role.
    if (is_circle && (source != name || !profile->credentials)) {
      throw refusal(ErrorKind::invalid, name,
                    fmt::format("refers in a circle to source_profile \"{}\"", source));
    }
    if (!profile->credentials && is_assumed(profile)) {
      visited.push_back(source);
      return of_role(source, std::move(visited));
    }
    if (SourcePtr result = of_profile(source, false)) return result;
    throw refusal(ErrorKind::invalid, source, "is a source_profile and has no credentials");
  }

  // What a profile has of its own, save for a role that is assumed; nullptr: nothing.
  SourcePtr of_profile(const std::string& name, bool with_environment) const {
    const aws::Profile* profile = files_.profiles.find(name);
    if (SourcePtr source = of_web_identity(name, profile, with_environment)) return source;
    if (profile == nullptr) return nullptr;
    if (profile->setting("sso_role_name") || profile->setting("sso_account_id"))
      return of_sso(name, *profile);
    if (profile->credentials && !profile->credentials_from_config) {
      return make_static_source({*profile->credentials, std::nullopt}, "shared-credentials-file",
                                profile_text(name, files_.credentials_path));
    }
    if (profile->setting("login_session")) {
      throw refusal(ErrorKind::unsupported, name, "uses `aws login`, which is not supported yet")
          .with_advice("export its keys into the environment with `aws configure export-credentials`");
    }
    if (const auto command = profile->setting("credential_process")) {
      return process_source(*command, profile_text(name, files_.config_path), tools_);
    }
    if (!profile->credentials) return nullptr;
    return make_static_source({*profile->credentials, std::nullopt}, "config-file",
                              profile_text(name, files_.config_path));
  }

  SourcePtr of_web_identity(const std::string& name, const aws::Profile* profile,
                            bool with_environment) const {
    bool from_environment = false;
    const auto setting = [&](const char* variable, const char* key) -> std::optional<std::string> {
      if (auto value = with_environment ? environment_(variable) : std::nullopt) {
        from_environment = true;
        return value;
      }
      return profile == nullptr ? std::nullopt : profile->setting(key);
    };
    const auto token_file = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    if (!token_file || token_file->empty()) return nullptr;
    WebIdentitySettings settings;
    settings.where = from_environment ? "the environment" : profile_text(name, files_.config_path);
    settings.token_file = *token_file;
    const auto role = setting("AWS_ROLE_ARN", "role_arn");
    if (!role || role->empty()) {
      throw Error(ErrorKind::invalid, "a web identity token is configured without a role")
          .with_resource(settings.where)
          .with_advice("set AWS_ROLE_ARN, or role_arn in the profile");
    }
    settings.role_arn = *role;
    settings.session_name = setting("AWS_ROLE_SESSION_NAME", "role_session_name").value_or("");
    return web_identity_source(std::move(settings), sts_place(), tools_);
  }

  SourcePtr of_sso(const std::string& name, const aws::Profile& profile) const {
    std::map<std::string, std::string> settings = profile.settings;
    const auto session = profile.setting("sso_session");
    if (session) {
      const auto found = files_.profiles.sso_sessions.find(*session);
      if (found == files_.profiles.sso_sessions.end()) {
        throw refusal(ErrorKind::invalid, name,
                      fmt::format("names an sso_session \"{}\" that does not exist", *session));
      }
      for (const auto& [key, value] : found->second) {
        const auto [place, is_new] = settings.emplace(key, value);
        if (!is_new && place->second != value) {
          throw refusal(ErrorKind::invalid, name,
                        fmt::format("and its sso_session say different things of {}", key));
        }
      }
    }
    for (const char* needed : {"sso_role_name", "sso_account_id", "sso_start_url", "sso_region"}) {
      if (settings[needed].empty()) throw refusal(ErrorKind::invalid, name, fmt::format("lacks {}", needed));
    }
    SsoSettings result;
    result.cache_folder = home_path(environment_, "~/.aws/sso/cache");
    result.cache_key = session ? *session : settings["sso_start_url"];
    result.region = s3::Region::parse(settings["sso_region"]);
    result.account_id = settings["sso_account_id"];
    result.role_name = settings["sso_role_name"];
    result.where = profile_text(name, files_.config_path);
    if (auto endpoint = configured_endpoint("sso", environment_, files_.profiles, profile_)) {
      result.endpoints.set(result.region, *std::move(endpoint));
    }
    return sso_source(std::move(result), tools_);
  }

  StsPlace sts_place() const {
    StsPlace place;
    const auto region = aws::choose_region(choice_.region, environment_, files_.profiles.find(profile_));
    if (!region) return place;
    place.region = s3::Region::parse(*region);
    place.endpoints = endpoints_;
    if (!endpoints_.custom(place.region)) {
      if (auto endpoint = configured_endpoint("sts", environment_, files_.profiles, profile_)) {
        place.endpoints.set(place.region, *std::move(endpoint));
      }
    }
    return place;
  }

  Error refusal(ErrorKind kind, const std::string& name, const std::string& what) const {
    return Error(kind, fmt::format("profile \"{}\" {}", name, what)).with_resource(files_.config_path);
  }
  static std::string profile_text(const std::string& name, const std::string& path) {
    return fmt::format("profile \"{}\" in {}", name, path);
  }

  const CredentialChoice& choice_;
  const aws::EnvironmentLookup& environment_;
  const EndpointMap& endpoints_;
  FetchTools tools_;
  ProfileFiles files_;
  std::string profile_;
};

}  // namespace

SourcePtr choose_source(const CredentialChoice& choice, const EndpointMap& endpoints, FetchTools tools) {
  return Chain(choice, endpoints, tools).choose();
}

std::unique_ptr<CredentialsProvider> make_credentials(CredentialChoice choice, EndpointMap endpoints,
                                                      FetchTools tools) {
  Clock& clock = tools.clock;
  Random& random = tools.random;
  return make_refreshing_credentials([choice = std::move(choice), endpoints = std::move(endpoints),
                                      tools] { return choose_source(choice, endpoints, tools); },
                                     clock, random);
}

}  // namespace s3dr::client
