// The settings of a bucket that are one document each, or one by each id: a row for each kind. Of S3's other settings,
// the access control list is in acl.h, and policy, tags, lifecycle, versioning and replication have operations of their
// own. This table is the embedded cloud's own and not the client's: the two must not agree by accident.
#pragma once

#include <pugixml.hpp>
#include <span>
#include <string>
#include <string_view>

#include "cloud/settings/document_schema.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

// A document about to be kept. It has the form of the kind's table.
struct SettingChange {
  RegionContext& region;
  Connection& db;  // inside of the transaction that keeps it
  const BucketRow& bucket;
  std::string id;  // of the request; empty: the kind has none
  pugi::xml_node document;
};

struct SettingKind {
  std::string_view subresource;
  const Part& document;
  // What a GET answers where nothing is kept: the inside of the document, or an error.
  std::string_view absent;
  std::string_view absent_code = {};
  std::string_view absent_message = {};
  void (*check)(const SettingChange& change) = nullptr;  // what the form does not say (setting_checks.h)
  bool digest_required = false;                          // Content-MD5 or a checksum, as in the service model
  std::string_view list_root = {};                       // not empty: many, each by its id
  std::size_t bytes_max = 256 * 1024;

  bool has_ids() const { return !list_root.empty(); }
};

std::span<const SettingKind> setting_kinds();
// The kind that the query of a request names. Raises NotImplemented for none.
const SettingKind& setting_kind_of(const Request& request);

}  // namespace s3dr::cloud
