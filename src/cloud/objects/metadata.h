// The metadata of objects: from the headers of an upload to the JSON in the tables, and back to the headers
// of an answer. Also refuses upload headers that ask for something this cloud does not do. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "s3/tag.h"

namespace s3dr::cloud {

using Metadata =
    std::map<std::string, std::string>;  // lower-case names; values are bytes of UTF-8, or were stored before

std::string metadata_to_json(const Metadata& metadata);
Metadata metadata_from_json(std::string_view json);  // raises corrupt

// Those of these headers that are present: content-type, content-encoding (without aws-chunked),
// content-language, content-disposition, cache-control, expires, x-amz-website-redirect-location.
Metadata system_metadata_of(const Headers& headers);
// The x-amz-meta-* headers, without that prefix, as UTF-8. Values of a repeated name are joined by commas. Values beyond
// ASCII: docs/protocol.md, Objects.
// Refuses MetadataTooLarge (more than 2 KiB in all).
Metadata user_metadata_of(const Headers& headers);
// The tags of x-amz-tagging. Refuses InvalidTag, InvalidArgument.
s3::TagSet tags_of(const Headers& headers);

// Refuses headers for encryption, locks, access control lists and storage classes with 501 NotImplemented: this cloud does
// not do them, so it must not accept them. Where the bucket has lists off, a list is 400 AccessControlListNotSupported.
void refuse_unsupported_upload_headers(const Headers& headers, bool uses_acls);

void add_metadata_headers(Headers& headers, const Metadata& system, const Metadata& user);

}  // namespace s3dr::cloud
