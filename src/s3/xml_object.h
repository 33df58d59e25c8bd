// XML codecs of object documents: listings, multi-delete, multipart, copy results. Conventions as in
// s3/xml_bucket.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/names.h"
#include "s3/object_version.h"

namespace s3dr::s3 {

// The parts of a request that its listing repeats. With `url_encoding` (encoding-type=url), keys, prefixes,
// delimiters and key markers are percent-encoded in the document. Tokens are not.
struct ListingFrame {
  std::string bucket;
  std::string prefix;
  std::string delimiter;
  int keys_max = 1000;
  bool url_encoding = false;
  bool operator==(const ListingFrame&) const = default;
};

struct ListedObject {
  ObjectKey key;
  Instant last_modified{};
  std::string etag;
  std::uint64_t size = 0;
  std::string storage_class;
  std::vector<std::string> checksum_algorithms;
  std::string checksum_type;
  bool operator==(const ListedObject&) const = default;
};

struct ObjectPage {
  std::vector<ListedObject> objects;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  std::string next;  // v1: NextMarker; v2: NextContinuationToken
  bool operator==(const ObjectPage&) const = default;
};

// ListObjects (v1) and v2 results.
std::string write_list_objects_v1_result(const ListingFrame& frame, std::string_view marker,
                                         const ObjectPage& page, std::string_view owner_id);
std::string write_list_objects_v2_result(const ListingFrame& frame, std::string_view continuation_token,
                                         std::string_view start_after, const ObjectPage& page,
                                         std::string_view owner_id /* empty: no Owner */);
ObjectPage parse_list_objects_v2_result(std::string_view xml);

std::string write_list_versions_result(const ListingFrame& frame, const ObjectKey& key_marker,
                                       const VersionId& version_id_marker, const VersionPage& page,
                                       std::string_view owner_id);
VersionPage parse_list_versions_result(
    std::string_view xml);  // decodes when EncodingType is url; keeps document order

struct DeleteRequest {
  struct Item {
    ObjectKey key;
    VersionId version_id;  // empty: none
    std::string etag;
    bool operator==(const Item&) const = default;
  };
  std::vector<Item> items;
  bool quiet = false;
  bool operator==(const DeleteRequest&) const = default;
};
std::string write_delete_request(const DeleteRequest& value);
DeleteRequest parse_delete_request(std::string_view xml);

struct DeleteResult {
  struct Deleted {
    ObjectKey key;
    VersionId version_id;
    bool delete_marker = false;
    VersionId delete_marker_version_id;
    bool operator==(const Deleted&) const = default;
  };
  struct Failed {
    ObjectKey key;
    VersionId version_id;
    std::string code, message;
    bool operator==(const Failed&) const = default;
  };
  std::vector<Deleted> deleted;
  std::vector<Failed> failed;
  bool operator==(const DeleteResult&) const = default;
};
std::string write_delete_result(const DeleteResult& value);
DeleteResult parse_delete_result(std::string_view xml);

struct CopyResult {  // CopyObjectResult and CopyPartResult
  std::string etag;
  Instant last_modified{};
  Checksums checksums;
  std::string checksum_type;
  bool operator==(const CopyResult&) const = default;
};
std::string write_copy_result(std::string_view root, const CopyResult& value);
CopyResult parse_copy_result(std::string_view xml);  // an <Error> root behind a 200 raises that error

struct MultipartUpload {  // InitiateMultipartUploadResult
  std::string bucket;
  ObjectKey key;
  std::string upload_id;
  bool operator==(const MultipartUpload&) const = default;
};
std::string write_initiate_multipart_upload_result(const MultipartUpload& value);
MultipartUpload parse_initiate_multipart_upload_result(std::string_view xml);

struct CompletedPart {
  int part_number = 0;
  std::string etag;
  Checksums checksums;
  bool operator==(const CompletedPart&) const = default;
};
std::string write_complete_multipart_upload_request(const std::vector<CompletedPart>& parts);
std::vector<CompletedPart> parse_complete_multipart_upload_request(std::string_view xml);

struct CompleteResult {
  std::string location, bucket, etag;
  ObjectKey key;
  Checksums checksums;
  std::string checksum_type;
  bool operator==(const CompleteResult&) const = default;
};
// An <Error> root in a 200 raises that error.
std::string write_complete_multipart_upload_result(const CompleteResult& value);
CompleteResult parse_complete_multipart_upload_result(std::string_view xml);

struct ListedPart {
  int part_number = 0;
  Instant last_modified{};
  std::string etag;
  std::uint64_t size = 0;
  Checksums checksums;
  bool operator==(const ListedPart&) const = default;
};
struct PartPage {
  std::string bucket, upload_id, checksum_algorithm, checksum_type;
  ObjectKey key;
  int part_number_marker = 0, next_part_number_marker = 0, parts_max = 1000;
  bool is_truncated = false;
  std::vector<ListedPart> parts;
  bool operator==(const PartPage&) const = default;
};
std::string write_list_parts_result(const PartPage& page, std::string_view owner_id);
PartPage parse_list_parts_result(std::string_view xml);

struct ListedUpload {
  ObjectKey key;
  std::string upload_id;
  Instant initiated{};
  bool operator==(const ListedUpload&) const = default;
};
struct UploadPage {
  std::vector<ListedUpload> uploads;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  ObjectKey next_key_marker;
  std::string next_upload_id_marker;
  bool operator==(const UploadPage&) const = default;
};
std::string write_list_uploads_result(const ListingFrame& frame, const ObjectKey& key_marker,
                                      std::string_view upload_id_marker, const UploadPage& page,
                                      std::string_view owner_id);
UploadPage parse_list_uploads_result(std::string_view xml);

}  // namespace s3dr::s3
