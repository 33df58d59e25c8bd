// ports::ObjectStore over HTTP: listings, heads, tags and bodies of versions. object_writer.h writes.
#pragma once

#include <memory>

#include "client/s3/s3_client.h"
#include "ports/object_store.h"

namespace s3dr::client {

// `client` outlives the store and the bodies it opened. `account` is sent as the expected owner. A body is
// compared with its full-object checksum. If they differ, it raises corrupt at its end.
std::unique_ptr<ports::ObjectStore> make_object_store(S3Client& client, s3::AccountId account);

}  // namespace s3dr::client
