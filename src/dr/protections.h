// The protections of one source account and region, in the order of the configuration. Each is a complete Policy with
// a destination of its own. A bucket is covered by every protection whose match tag it carries. Of two protections with
// the same destination place the first one that matches counts. So a bucket has at most one replica, record and rule
// in a place. Pure. Here: what has to hold for all of them together. dr/policy.h judges each one alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dr/policy.h"

namespace s3dr::dr {

using Protections = std::vector<Policy>;

// Tells each protection of the others, and fills in default buckets. Every list goes through it before it is used.
// May be repeated.
Protections with_each_other(Protections protections);

// Why s3dr cannot work with these protections together, as "field: reason"; nullopt: it can. Needs with_each_other.
// Examples: the same name twice, two replication roles (S3 has one for all rules of a bucket), one control bucket for two
// destinations, one replica name for two destinations, a protection that never counts.
std::optional<std::string> why_invalid(const Protections& protections);

// 1 to 32 lower-case letters, digits and hyphens, with a letter or digit in front.
bool is_protection_name(std::string_view name);
// "near, far"
std::string names_of(const Protections& protections);

// Where in the list the first protection of each destination place is. There is one control bucket for each place.
std::vector<std::size_t> first_of_each_place(const Protections& protections);

// How precedence works, one sentence for each protection that gives way to another one. Empty: none does.
std::vector<std::string> precedence_texts(const Protections& protections);

}  // namespace s3dr::dr
