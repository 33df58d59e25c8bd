
#include "dr/settings/kinds/kinds.h"

namespace s3dr::dr {

const std::vector<Setting>& settings() {
  static const std::vector<Setting> table = {
      object_lock_setting(),
      ownership_controls_setting(),
      public_access_block_setting(),
      encryption_setting(),
      acl_setting(),
      policy_setting(),
      cors_setting(),
      lifecycle_setting(),
      website_setting(),
      logging_setting(),
      notification_setting(),
      accelerate_setting(),
      request_payment_setting(),
      intelligent_tiering_setting(),
      analytics_setting(),
      metrics_setting(),
      inventory_setting(),
      abac_setting(),
  };
  return table;
}

const Setting& setting_of(s3::SettingKind kind) {
  return settings().at(static_cast<std::size_t>(kind));
}

}  // namespace s3dr::dr
