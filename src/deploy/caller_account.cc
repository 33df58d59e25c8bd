#include "deploy/caller_account.h"

#include <utility>

#include "base/error.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {

Task<std::string> caller_account(client::ServiceClient& client) {
  client::ServiceCall call =
      client::query_call("sts", "GetCallerIdentity", "2011-06-15", {}, Repeatable::always);
  client::ServiceAnswer answer = co_await client.require(std::move(call));
  std::string account = QueryAnswer(std::move(answer.body)).text({"Account"});
  if (account.empty())
    throw Error(ErrorKind::corrupt, "the answer names no account").with_resource("sts:GetCallerIdentity");
  co_return account;
}

Error wrong_account(const std::string& account, const dr::Place& place, Side side) {
  const std::string which(to_string(side));
  return Error(ErrorKind::invalid, "the credentials of the " + which + " side are of account " + account +
                                       ", the configuration says " + place.account.text())
      .with_advice("name the right profile: " + which + ".profile in the configuration");
}

Task<> check_account(client::ServiceClient& client, dr::Place place, Side side) {
  const std::string account = co_await caller_account(client);
  if (account != place.account.text()) throw wrong_account(account, place, side);
}

}  // namespace s3dr::deploy
