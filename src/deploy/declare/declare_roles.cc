// The roles: one for each function, its remote role in the other account, and the two that S3 assumes.
#include "deploy/declare/declaration_parts.h"
#include "deploy/declare/role_policies.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

json::object role(std::string description, json::object trust, json::object policies) {
  return {{"description", std::move(description)},
          {"trust", std::move(trust)},
          {"policies", std::move(policies)},
          {"attached_policies", json::array()}};
}

}  // namespace

void declare_roles(Declaration& declaration) {
  const Settings& settings = declaration.settings;
  const Names& names = declaration.names;
  for (const Function function : all_functions) {
    declaration.add(Kind::role, side_of(function), names.role(function), names.role_arn(function),
                    role("s3dr: the function " + std::string(to_string(function)),
                         trust_of_services({"lambda.amazonaws.com"}), function_policies(settings, function)));
  }
  for (const Function function : all_functions) {
    const Side other = side_of(function) == Side::source ? Side::destination : Side::source;
    Resource& remote =
        declaration.add(Kind::role, other, names.remote_role(function), names.remote_role_arn(function),
                        role("s3dr: what " + std::string(to_string(function)) + " does in this account",
                             trust_of_role(names.role_arn(function)), remote_policies(settings, function)));
    remote.wanted = is_cross_account(settings);
    // IAM refuses to trust a role that does not exist.
    remote.depends = {id_of(names, Kind::role, side_of(function), names.role(function))};
  }
  declaration.add(Kind::role, Side::source, names.replication_role(), names.replication_role_arn(),
                  role("s3dr: S3 replicates with it", trust_of_services({"s3.amazonaws.com"}),
                       replication_policies(settings)));
  declaration.add(Kind::role, Side::source, names.batch_role(), names.batch_role_arn(),
                  role("s3dr: backfill jobs run with it",
                       trust_of_services({"batchoperations.s3.amazonaws.com"}), batch_policies(settings)));
}

}  // namespace s3dr::deploy
