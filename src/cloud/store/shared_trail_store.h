// CloudTrail's trails of several regions, in the global plane's database: every region sees them and is told by
// them. The CloudTrail service of their home region writes them. Trails of one region stay in that region
// (cloud/services/bus/cloudtrail_store.h).
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/immediate_transaction.h"

namespace s3dr::cloud {

struct SharedTrail {
  std::string account, home_region, name;
  std::string document;  // JSON; only the service reads it
};

// Unlike the rest of the global plane it is also asked inside the writes of a region's own database, which run on
// a helper thread. So it has a connection of its own, and one caller at a time.
class SharedTrailStore {
 public:
  static const std::string_view schema;
  // `database`: where `schema` was applied; closed with this.
  explicit SharedTrailStore(sqlite3* database) : connection_(database) {}

  std::vector<SharedTrail> list(std::string_view account);            // by home region and name
  std::vector<SharedTrail> list_of_others(std::string_view account);  // by account, home region and name
  // Each is durable on return, and may be repeated.
  void put(const SharedTrail& trail);
  void remove(std::string_view account, std::string_view home_region, std::string_view name);

 private:
  std::mutex mutex_;
  Connection connection_;
};

}  // namespace s3dr::cloud
