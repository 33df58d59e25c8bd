#include "s3/create_bucket_rules.h"

namespace s3dr::s3 {

std::optional<Refusal> why_refused(const Region& region, const CreateBucketConfiguration& configuration) {
  const std::string& constraint = configuration.location_constraint;
  const bool is_default_region = region.text() == "us-east-1";
  if (constraint == "us-east-1") {
    return Refusal{"InvalidLocationConstraint", "The specified location-constraint is not valid"};
  }
  const std::string expected = is_default_region ? "" : region.text();
  const std::string given = constraint == "EU" ? "eu-west-1" : constraint;
  if (given != expected) {
    return Refusal{"IllegalLocationConstraintException",
                   "The " + (constraint.empty() ? std::string("unspecified") : constraint) +
                       " location constraint is incompatible for the region specific endpoint this request "
                       "was sent to."};
  }
  if (const auto why = why_invalid(configuration.tags, TagOwner::bucket)) return Refusal{"InvalidTag", *why};
  return std::nullopt;
}

}  // namespace s3dr::s3
