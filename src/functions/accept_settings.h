// A person lets through what the functions hold back: settings of the source that are weaker than the replica's, and the
// fence of a replica that was there before (dr/settings/settings_record.h). Only the record is written;
// destination_bucket_check carries it out with its next look, which is now due.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "dr/record.h"
#include "functions/context.h"
#include "s3/names.h"

namespace s3dr::functions {

struct AcceptedSettings {
  // What the person was shown: the kind's word, and the fingerprint of what waits there. Only this very document is let
  // through: another one that the source has by then is held again.
  std::vector<std::pair<std::string, std::string>> held;
  bool fence = false;
};

// Raises not_found without a record, unavailable when destination_bucket_check has not looked at this kind yet, unsupported
// when a newer program keeps the record, and what the record store raises. May be repeated. Returns the record as it is
// now.
Task<dr::Record> accept_settings(Context context, s3::BucketName bucket, AcceptedSettings accepted);

}  // namespace s3dr::functions
