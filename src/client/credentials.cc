#include "client/credentials.h"

#include <cstdlib>
#include <utility>

namespace s3dr::client {
namespace {

class FixedCredentials : public CredentialsProvider {
 public:
  explicit FixedCredentials(aws::Credentials credentials) : credentials_(std::move(credentials)) {}
  Task<aws::Credentials> get() override { co_return credentials_; }

 private:
  aws::Credentials credentials_;
};

}  // namespace

aws::EnvironmentLookup process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

std::unique_ptr<CredentialsProvider> make_fixed_credentials(aws::Credentials credentials) {
  return std::make_unique<FixedCredentials>(std::move(credentials));
}

}  // namespace s3dr::client
