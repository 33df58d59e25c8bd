// One statement of the source's bucket policy as the replica can have it. Part of setting_policy.cc.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dr/settings/setting.h"

namespace s3dr::dr {

struct Rewritten {
  std::optional<boost::json::object> statement;  // nullopt: it cannot be had
  std::vector<std::string> left_out;             // what of it, or why all of it
};
// Own ARNs name the replica; principals stay, but for those that AWS has deleted; what is bound to the source's region or
// network becomes what the mappings name, and without one the whole statement is left out. `statement`: normal form.
Rewritten rewrite_statement(const SettingContext& context, const boost::json::object& statement);

}  // namespace s3dr::dr
