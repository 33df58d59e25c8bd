// What a bucket's settings make of its policy: the block of public access and the payer take away, an access control
// list adds. And whether a policy is public.
// Sources: S3 User Guide, Blocking public access to your S3 storage ("The meaning of public"); Requester Pays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aws/policy/policy.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// It lets in everybody, and no condition with fixed values narrows that.
bool is_public(const aws::Policy& policy);

// Who asks for a bucket, as far as its settings ask.
struct Stranger {
  std::string id;              // canonical; empty: nobody signed
  bool agrees_to_pay = false;  // x-amz-request-payer: requester
};

// The policy by which a caller of another account is judged. The bucket's own account is judged by `policy` as it is.
std::optional<aws::Policy> policy_for_strangers(Connection& db, std::int64_t bucket, const std::string& arn,
                                                const std::string& owner, const Stranger& caller,
                                                std::optional<aws::Policy> policy);

}  // namespace s3dr::cloud
