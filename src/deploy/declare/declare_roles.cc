// The roles: one for each function, its remote role in the other account, and the two that S3 assumes.
#include <algorithm>

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

// Where the function's remote role is: a function of the source has one at each destination.
Side other_side(Function function) {
  return side_of(function) == Side::source ? Side::destination : Side::source;
}

void declare_remote_roles(Declaration& declaration, Function function) {
  const Settings& settings = declaration.settings;
  for (const Names& names : declaration.at(Side::destination)) {
    Resource& remote = declaration.add(
        names, Kind::role, other_side(function), names.remote_role(function), names.remote_role_arn(function),
        role("s3dr: what " + std::string(to_string(function)) + " does in this account",
             trust_of_role(names.role_arn(function)), remote_policies(settings, names, function)));
    remote.wanted = is_cross_account(settings, names.place(Side::destination));
    // IAM refuses to trust a role that does not exist.
    remote.depends = {id_of(names, Kind::role, side_of(function), names.role(function))};
  }
}

// The name of a role says whether its destination comes first (Names::role). If the protections are put into
// another order, the roles with the other names are left over: they are not wanted.
void declare_roles_of_other_order(Declaration& declaration) {
  if (declaration.at(Side::destination).size() == 1) return;
  const auto add = [&](const Names& names, Side side, const std::string& name) {
    const std::string arn = names.role_arn(side, name);
    if (std::ranges::find(declaration.resources, arn, &Resource::arn) != declaration.resources.end()) return;
    declaration
        .add(names, Kind::role, side, name, arn,
             role("s3dr: left over", trust_of_services({"lambda.amazonaws.com"}), {}))
        .wanted = false;
  };
  for (const Names& names : declaration.at(Side::destination)) {
    add(names, Side::destination, names.role_in_other_order(Function::destination_bucket_check));
    for (const Function function : all_functions)
      add(names, other_side(function), names.remote_role_in_other_order(function));
  }
}

}  // namespace

void declare_roles(Declaration& declaration) {
  const Settings& settings = declaration.settings;
  for (const Function function : all_functions) {
    for (const Names& names : declaration.at(side_of(function))) {
      declaration.add(
          names, Kind::role, side_of(function), names.role(function), names.role_arn(function),
          role("s3dr: the function " + std::string(to_string(function)),
               trust_of_services({"lambda.amazonaws.com"}), function_policies(settings, names, function)));
    }
  }
  for (const Function function : all_functions) declare_remote_roles(declaration, function);
  const Names& names = declaration.source();
  declaration.add(names, Kind::role, Side::source, names.replication_role(), names.replication_role_arn(),
                  role("s3dr: S3 replicates with it", trust_of_services({"s3.amazonaws.com"}),
                       replication_policies(settings)));
  declaration.add(names, Kind::role, Side::source, names.batch_role(), names.batch_role_arn(),
                  role("s3dr: backfill jobs run with it",
                       trust_of_services({"batchoperations.s3.amazonaws.com"}), batch_policies(settings)));
  declare_roles_of_other_order(declaration);
}

}  // namespace s3dr::deploy
