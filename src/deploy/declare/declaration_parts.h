// The parts of the declaration, one file for each. Internal to deploy/. declaration.h is the whole.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "deploy/resources/names.h"
#include "deploy/resources/resource.h"
#include "deploy/resources/settings.h"

namespace s3dr::deploy {

class Declaration {
 public:
  explicit Declaration(const Settings& settings);

  // Adds one resource, at the source or at the destination of `names`. Fills in where it is and, if the kind has
  // tags, the owner tag.
  Resource& add(const Names& names, Kind kind, Side side, std::string name, std::string arn,
                boost::json::object properties);

  // Every place of the side: the source, or one destination after the other.
  std::span<const Names> at(Side side) const;
  const Names& source() const { return places_.front(); }

  const Settings& settings;
  std::vector<Resource> resources;

 private:
  std::vector<Names> places_;  // by destination; the source is the same in each
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
void declare_permission(Declaration& declaration, const Names& names, Function function,
                        const std::string& statement_id, const std::string& principal,
                        const std::string& source_arn);

}  // namespace s3dr::deploy
