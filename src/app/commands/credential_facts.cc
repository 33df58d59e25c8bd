#include "app/commands/credential_facts.h"

#include <utility>

#include "app/world.h"
#include "base/error.h"
#include "base/random.h"
#include "client/credentials/credential_chain.h"
#include "http/pool.h"

namespace s3dr::app {
namespace {

Task<CredentialFacts> look_up(const Config& config, const SideConfig& side, client::FetchTools tools) {
  const client::CredentialChoice choice = credential_choice(side);
  const auto source = client::choose_source(choice, config.endpoints, tools);
  const client::TimedCredentials found = co_await source->fetch();
  if (found.expires && *found.expires <= tools.clock.now() && !source->is_statically_stable()) {
    throw Error(ErrorKind::invalid, "the credentials have expired").with_resource(source->where());
  }
  co_return CredentialFacts{source->method(), source->where(), found.keys.access_key_id, found.expires};
}

}  // namespace

Task<> look_up_credentials(boost::asio::any_io_executor executor, Config config, BothCredentials& result) {
  const auto clock = make_real_clock();
  const auto random = make_system_random();
  const auto transport = http::make_pool(std::move(executor), *clock, pool_options(config));
  const client::FetchTools tools{*transport, *clock, *random};
  result.source = co_await look_up(config, config.source, tools);
  result.destination = co_await look_up(config, config.destination, tools);
}

}  // namespace s3dr::app
