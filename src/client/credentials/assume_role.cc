#include "client/credentials/assume_role.h"

#include <charconv>
#include <utility>

#include "base/error.h"

namespace s3dr::client {
namespace {

constexpr int duration_min = 900, duration_max = 43'200;

class AssumeRoleSource : public CredentialSource {
 public:
  AssumeRoleSource(RoleSettings settings, std::unique_ptr<CredentialSource> source, StsPlace place,
                   FetchTools tools)
      : settings_(std::move(settings)), source_(std::move(source)), place_(std::move(place)), tools_(tools) {}

  Task<TimedCredentials> fetch() override {
    const TimedCredentials base = co_await source_->fetch();
    std::map<std::string, std::string> form;
    if (!settings_.external_id.empty()) form["ExternalId"] = settings_.external_id;
    if (!settings_.duration_seconds.empty()) form["DurationSeconds"] = settings_.duration_seconds;
    co_return co_await assume_role(tools_, place_, "AssumeRole", settings_.role_arn, settings_.session_name,
                                   std::move(form), &base.keys, Secret());
  }
  std::string method() const override { return "assume-role"; }
  std::string where() const override {
    return settings_.where + ": " + settings_.role_arn + " assumed with " + source_->where();
  }

 private:
  RoleSettings settings_;
  std::unique_ptr<CredentialSource> source_;
  StsPlace place_;
  FetchTools tools_;
};

}  // namespace

std::unique_ptr<CredentialSource> assume_role_source(RoleSettings settings,
                                                     std::unique_ptr<CredentialSource> source, StsPlace place,
                                                     FetchTools tools) {
  const std::string& text = settings.duration_seconds;
  if (!text.empty()) {
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds < duration_min ||
        seconds > duration_max) {
      throw Error(ErrorKind::invalid, "duration_seconds must be a number from 900 to 43200")
          .with_resource(settings.where);
    }
  }
  return std::make_unique<AssumeRoleSource>(std::move(settings), std::move(source), std::move(place), tools);
}

}  // namespace s3dr::client
