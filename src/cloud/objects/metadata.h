// Metadata of objects: from the headers of an upload into the JSON of the tables, and back into the headers
// of an answer. Also refuses the upload headers that ask for what this cloud does not do. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "s3/tag.h"

namespace s3dr::cloud {

using Metadata = std::map<std::string, std::string>;  // lower-case names; values are bytes

std::string metadata_to_json(const Metadata& metadata);
Metadata metadata_from_json(std::string_view json);  // raises corrupt

// content-type, content-encoding (without aws-chunked), content-language, content-disposition, cache-control,
// expires, x-amz-website-redirect-location; only those present.
Metadata system_metadata_of(const Headers& headers);
// x-amz-meta-*, without that prefix; a repeated name is joined by commas. Refuses MetadataTooLarge (2 KiB in
// all).
Metadata user_metadata_of(const Headers& headers);
// x-amz-tagging. Refuses InvalidTag, InvalidArgument.
s3::TagSet tags_of(const Headers& headers);

// Accepting encryption, locks, ACLs or storage classes without doing them would be a lie: 501 NotImplemented.
void refuse_unsupported_upload_headers(const Headers& headers);

void add_metadata_headers(Headers& headers, const Metadata& system, const Metadata& user);

}  // namespace s3dr::cloud
