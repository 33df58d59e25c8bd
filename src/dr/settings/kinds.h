// One function a kind; that of the bucket policy is in setting_policy.h. Internal to dr/settings: the table is in setting.cc.
#pragma once

#include "dr/settings/setting.h"

namespace s3dr::dr {

Setting object_lock_setting();
Setting ownership_controls_setting();
Setting public_access_block_setting();
Setting encryption_setting();
Setting acl_setting();
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
