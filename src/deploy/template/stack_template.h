// The CloudFormation templates of a deployment, made from the declaration. Each stack gets one template. It makes
// what `s3dr deploy apply` makes in that account and region. Pure: the same settings give the same text.
//
// Values of the settings stand in a template as they are. A template has parameters only for what a stack has
// beside the settings: where the package is, whether the other stack is there, whether a bucket exists already.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "deploy/resources/settings.h"

namespace s3dr::deploy {

// `pending` exists with two accounts only. It holds the alarm on objects that wait. S3 publishes that metric in the
// source's account and the destination's region.
enum class Stack { source, destination, pending };
std::string_view to_string(Stack stack);
// nullopt: there is no stack of that name.
std::optional<Stack> parse_stack(std::string_view name);

// Needs valid settings. Raises Error (invalid) if a deployment with these settings has no such stack. The package
// of the settings does not matter.
boost::json::object stack_template(const Settings& settings, Stack stack);

// The same as the text of a YAML file.
std::string stack_template_text(const Settings& settings, Stack stack);

}  // namespace s3dr::deploy
