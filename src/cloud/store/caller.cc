#include "cloud/store/caller.h"

namespace s3dr::cloud {

Caller caller_of(const AccessKey& key) {
  const std::string& account = key.account.text();
  if (key.role_name.empty())
    return {key.account, key.access_key_id, "arn:aws:iam::" + account + ":root", account, "", ""};
  return {key.account,
          key.access_key_id,
          "arn:aws:sts::" + account + ":assumed-role/" + key.role_name + "/" + key.session_name,
          key.role_id + ":" + key.session_name,
          key.role_name,
          key.role_id};
}

}  // namespace s3dr::cloud
