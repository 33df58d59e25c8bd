// The bucket policy: which statements of the source the replica gets, and under which names (Sid) the statements that we
// write stand in the replica's policy. dr/replica_policy.h writes them there, beside those of others.
#pragma once

#include <cstddef>
#include <string_view>

#include "dr/settings/setting.h"

namespace s3dr::dr {

inline constexpr std::string_view replica_policy_sid = "S3drReplication";  // lets the replication role in
inline constexpr std::string_view fence_sid = "S3drFence";  // objects: nobody but replication writes
inline constexpr std::string_view fence_settings_sid =
    "S3drFenceSettings";  // what would destroy: only we set it
inline constexpr std::string_view tls_sid = "S3drTls";
inline constexpr std::string_view cloned_sid_prefix = "S3drCloned";  // and 8 hex digits of what it says

constexpr std::size_t bucket_policy_bytes_max = 20 * 1024;  // of a whole document, as S3 takes it

bool is_cloned_sid(std::string_view sid);
// One of the four above that are no clones. They say what a replica is, so they are never copied from a source.
bool is_own_sid(std::string_view sid);

// Of the replica's policy what comes from the source: this is compared with what is wanted. Others' statements are kept
// and say nothing here. Raises corrupt.
SettingDocument cloned_part(const SettingDocument& replica);

Setting policy_setting();

}  // namespace s3dr::dr
