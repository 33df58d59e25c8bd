#include "s3/replication_status.h"

namespace s3dr::s3 {

std::string_view to_string(ReplicationStatus status) {
  switch (status) {
    case ReplicationStatus::none:
      return "NONE";
    case ReplicationStatus::pending:
      return "PENDING";
    case ReplicationStatus::completed:
      return "COMPLETED";
    case ReplicationStatus::failed:
      return "FAILED";
    case ReplicationStatus::replica:
      return "REPLICA";
  }
  return "NONE";
}

std::optional<ReplicationStatus> parse_replication_status(std::string_view text) {
  if (text.empty() || text == "NONE") return ReplicationStatus::none;
  if (text == "PENDING") return ReplicationStatus::pending;
  if (text == "COMPLETED" || text == "COMPLETE") return ReplicationStatus::completed;
  if (text == "FAILED") return ReplicationStatus::failed;
  if (text == "REPLICA") return ReplicationStatus::replica;
  return std::nullopt;
}

}  // namespace s3dr::s3
