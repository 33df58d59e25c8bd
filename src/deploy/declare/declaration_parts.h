// The parts of the declaration, one file for each. Internal to deploy/. declaration.h is the whole.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "deploy/resources/names.h"
#include "deploy/resources/resource.h"
#include "deploy/resources/settings.h"

namespace s3dr::deploy {

class Declaration {
 public:
  explicit Declaration(const Settings& settings) : settings(settings), names(settings) {}

  // Adds one resource. Fills in where it is and, if the kind has tags, the owner tag.
  Resource& add(Kind kind, Side side, std::string name, std::string arn, boost::json::object properties);

  const Settings& settings;
  const Names names;
  std::vector<Resource> resources;
};

// The id of a resource that is declared, before or after this call.
std::string id_of(const Names& names, Kind kind, Side side, std::string_view name);

void declare_roles(Declaration& declaration);
void declare_queues(Declaration& declaration);
void declare_log_groups(Declaration& declaration);
void declare_buckets(Declaration& declaration);
void declare_functions(Declaration& declaration);
void declare_topics(Declaration& declaration);  // with permission and subscription
void declare_rules(Declaration& declaration);   // with permissions
void declare_alarms(Declaration& declaration);
void declare_trail(Declaration& declaration);

// The statement that lets `principal` (a service) invoke the function in the name of `source_arn`, which holds
// the account. No condition on the account beside it: docs/protocol.md, Events.
void declare_permission(Declaration& declaration, Function function, const std::string& statement_id,
                        const std::string& principal, const std::string& source_arn);

}  // namespace s3dr::deploy
