#include "deploy/declare/declaration.h"

#include "deploy/declare/declaration_parts.h"

namespace s3dr::deploy {
namespace {

bool has_tags(Kind kind) {
  return kind != Kind::event_invoke_config && kind != Kind::permission && kind != Kind::subscription;
}

}  // namespace

Declaration::Declaration(const Settings& settings)
    : settings(settings), places_(all_destinations(settings)) {}

std::span<const Names> Declaration::at(Side side) const {
  return std::span(places_).first(side == Side::source ? 1 : places_.size());
}

Resource& Declaration::add(const Names& names, Kind kind, Side side, std::string name, std::string arn,
                           boost::json::object properties) {
  Resource& resource = resources.emplace_back();
  resource.kind = kind;
  resource.side = side;
  resource.region = names.place(side).region.text();
  resource.account = names.place(side).account.text();
  resource.place = names.place_text(side);
  resource.name = std::move(name);
  resource.arn = std::move(arn);
  resource.properties = std::move(properties);
  if (has_tags(kind)) {
    const std::string owner =
        side == Side::source ? owner_of(settings) : owner_of(settings, names.place(side));
    resource.properties["tags"] = boost::json::object{{owner_tag, owner}};
  }
  return resource;
}

std::string id_of(const Names& names, Kind kind, Side side, std::string_view name) {
  Resource resource;
  resource.kind = kind;
  resource.place = names.place_text(side);
  resource.name = std::string(name);
  return resource.id();
}

std::vector<Resource> declare(const Settings& settings) {
  Declaration declaration(settings);
  declare_roles(declaration);
  declare_queues(declaration);
  declare_log_groups(declaration);
  declare_buckets(declaration);
  declare_functions(declaration);
  declare_topics(declaration);
  declare_rules(declaration);
  declare_alarms(declaration);
  declare_trail(declaration);
  return std::move(declaration.resources);
}

}  // namespace s3dr::deploy
