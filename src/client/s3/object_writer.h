// Changes objects: put, delete, tags, multipart. Used by the demo, the commands and tests, on behalf of a
// person. The functions never get one; they have a DocumentStore for the record.
// An object write is never repeated blindly, because a second PUT is a second version. When the answer is
// lost the error is outcome_unknown, and the caller looks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/s3/body_source.h"
#include "client/s3/s3_client.h"
#include "s3/object_version.h"
#include "s3/tag.h"
#include "s3/xml_object.h"

namespace s3dr::client {

struct PutOptions {
  // By their header names in lower case: content-type, cache-control, …
  std::map<std::string, std::string> system_metadata;
  std::map<std::string, std::string> user_metadata;  // without "x-amz-meta-"
  s3::TagSet tags;
  std::string storage_class;
  std::string if_match;        // an ETag as it came
  bool if_none_match = false;  // only if there is no such object
};

struct PutResult {
  std::string etag;          // without quotes
  s3::VersionId version_id;  // "null" where there is no versioning
};

struct RemovedObject {
  s3::VersionId version_id;  // of the marker, or of the version that was removed
  bool delete_marker = false;
};

struct ObjectListOptions {
  std::string prefix;
  std::string delimiter;
  std::string start_after;
  std::string continuation_token;
  int keys_max = 1000;
};

struct UploadId {
  s3::BucketName bucket;
  s3::ObjectKey key;
  std::string id;
};

class ObjectWriter {
 public:
  // `client` outlives the writer. `account` is sent as the expected owner.
  ObjectWriter(S3Client& client, s3::AccountId account);

  // Up to 5 GiB. Raises precondition_failed when if_match / if_none_match did not hold, invalid for metadata
  // that does not fit into headers.
  Task<PutResult> put_object(s3::BucketName bucket, s3::ObjectKey key, BodySource source,
                             PutOptions options = {});

  // Without a version, in a versioned bucket: adds a delete marker, a new one at each call. So it is not
  // repeated.
  Task<RemovedObject> delete_object(s3::BucketName bucket, s3::ObjectKey key, s3::VersionId version = {});
  // Up to 1,000 versions. `failed` names what could not be removed.
  Task<s3::DeleteResult> delete_objects(s3::BucketName bucket, std::vector<s3::DeleteRequest::Item> items);

  Task<> put_object_tagging(s3::BucketName bucket, s3::ObjectKey key, s3::VersionId version, s3::TagSet tags);
  // One page of current objects in key order. `ObjectPage::next` leads to the next page.
  Task<s3::ObjectPage> list_objects(s3::BucketName bucket, ObjectListOptions options = {});
  // Raises invalid (BucketNotEmpty), also when only old versions are left. Raises not_found when the bucket
  // is gone.
  Task<> delete_bucket(s3::BucketName bucket);

  // The steps of a multipart upload; client/s3/multipart_upload.h puts them together.
  Task<UploadId> create_multipart_upload(s3::BucketName bucket, s3::ObjectKey key, PutOptions options = {});
  // Parts may be sent in any order, and again. The last one of each number counts.
  Task<s3::CompletedPart> upload_part(UploadId upload, int part_number, BodySource source,
                                      std::uint64_t offset, std::uint64_t length);
  // Repeated if necessary: one upload becomes one version. Raises not_found (NoSuchUpload), also when an
  // earlier attempt has completed it.
  Task<PutResult> complete_multipart_upload(UploadId upload, std::vector<s3::CompletedPart> parts);
  Task<> abort_multipart_upload(UploadId upload);

  S3Client& client() { return client_; }
  const s3::AccountId& account() const { return account_; }

 private:
  S3Call object_call(const char* method, s3::BucketName bucket, s3::ObjectKey key) const;
  Task<StreamedUpload> streamed(BodySource source, std::uint64_t offset, std::uint64_t length);

  S3Client& client_;
  s3::AccountId account_;
};

}  // namespace s3dr::client
