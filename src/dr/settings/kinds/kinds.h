// The table of settings: one row a kind, in a file of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dr/settings/setting.h"
#include "s3/bucket_setting.h"

namespace s3dr::dr {

const std::vector<Setting>& settings();  // one row a kind, in the order of the kinds
const Setting& setting_of(s3::SettingKind kind);

// Whose canonical id is the owner's, in an ACL as the store answers it. Raises corrupt.
std::string owner_in_acl(std::string_view document);
// Of normal form: ACLs have no effect.
bool enforces_owner(const SettingDocument& ownership_controls);

Setting object_lock_setting();
Setting ownership_controls_setting();
Setting public_access_block_setting();
Setting encryption_setting();
Setting acl_setting();
Setting policy_setting();
Setting cors_setting();
Setting lifecycle_setting();
Setting website_setting();
Setting logging_setting();
Setting notification_setting();
Setting accelerate_setting();
Setting request_payment_setting();
Setting intelligent_tiering_setting();
Setting analytics_setting();
Setting metrics_setting();
Setting inventory_setting();
Setting abac_setting();

}  // namespace s3dr::dr
