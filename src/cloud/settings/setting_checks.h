// What S3 refuses of a setting whose document has the right form: one function a kind. Each one raises refuse(...) with
// S3's code. The codes are those of the API reference and of recorded answers (docs/protocol/bucket-settings.md).
#pragma once

#include "cloud/settings/setting_kinds.h"

namespace s3dr::cloud {

void check_accelerate(const SettingChange& change);
void check_analytics(const SettingChange& change);
void check_cors(const SettingChange& change);
void check_encryption(const SettingChange& change);
void check_intelligent_tiering(const SettingChange& change);
void check_inventory(const SettingChange& change);
void check_logging(const SettingChange& change);
void check_metrics(const SettingChange& change);
void check_notification(const SettingChange& change);  // notification_checks.cc
void check_object_lock(const SettingChange& change);
void check_ownership(const SettingChange& change);
void check_website(const SettingChange& change);  // website_checks.cc

}  // namespace s3dr::cloud
