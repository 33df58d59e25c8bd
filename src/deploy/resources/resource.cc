#include "deploy/resources/resource.h"

namespace s3dr::deploy {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::role:
      return "role";
    case Kind::queue:
      return "queue";
    case Kind::log_group:
      return "log group";
    case Kind::bucket:
      return "bucket";
    case Kind::function:
      return "function";
    case Kind::event_invoke_config:
      return "event invoke config";
    case Kind::topic:
      return "topic";
    case Kind::permission:
      return "permission";
    case Kind::subscription:
      return "subscription";
    case Kind::rule:
      return "rule";
    case Kind::alarm:
      return "alarm";
    case Kind::trail:
      return "trail";
  }
  return "?";
}

std::string_view to_string(Side side) {
  return side == Side::source ? "source" : "destination";
}

std::string Resource::id() const {
  return std::string(to_string(kind)) + " " + place + " " + name;
}

}  // namespace s3dr::deploy
