#include "client/credentials/web_identity.h"

#include <utility>

#include "base/error.h"

namespace s3dr::client {
namespace {

class WebIdentitySource : public CredentialSource {
 public:
  WebIdentitySource(WebIdentitySettings settings, StsPlace place, FetchTools tools)
      : settings_(std::move(settings)), place_(std::move(place)), tools_(tools) {}

  Task<TimedCredentials> fetch() override {
    Secret token(read_token());
    co_return co_await assume_role(tools_, place_, "AssumeRoleWithWebIdentity", settings_.role_arn,
                                   settings_.session_name, {{"WebIdentityToken", token.reveal()}}, nullptr,
                                   token);
  }
  std::string method() const override { return "assume-role-with-web-identity"; }
  std::string where() const override {
    return settings_.where + ": " + settings_.role_arn + " assumed with the token in " + settings_.token_file;
  }

 private:
  std::string read_token() const {
    const auto refused = [&](const char* why) {
      return Error(ErrorKind::invalid, std::string("the web identity token ") + why)
          .with_resource(settings_.token_file);
    };
    auto text = read_small_file(settings_.token_file, "the web identity token");
    if (!text) throw refused("is not there");
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    if (text->empty()) throw refused("is empty");
    if (text->find_first_of("\r\n") != std::string::npos) throw refused("contains a line break");
    return *std::move(text);
  }

  WebIdentitySettings settings_;
  StsPlace place_;
  FetchTools tools_;
};

}  // namespace

std::unique_ptr<CredentialSource> web_identity_source(WebIdentitySettings settings, StsPlace place,
                                                      FetchTools tools) {
  return std::make_unique<WebIdentitySource>(std::move(settings), std::move(place), tools);
}

}  // namespace s3dr::client
