// How a streamed upload is signed, checked and framed. It stands between s3_client.h, which signs, and
// aws/chunked.h, which frames.
// - Over TLS the checksum follows in a trailer, and the bytes are read once.
// - Over plain HTTP the payload is signed. Its hash must be known before, so digest_upload reads the bytes a
//   first time.
#pragma once

#include <string>

#include "aws/sigv4.h"
#include "base/task.h"
#include "client/s3/s3_call.h"

namespace s3dr::client {

// To be called before signing. Adds the headers of framing and checksum. Returns the payload hash, or the
// word in its place. Raises invalid over plain HTTP when `sha256_hex` is not known.
std::string prepare_upload(HttpRequest& request, const StreamedUpload& upload, bool tls);
// To be called after signing. Returns a fresh body.
Body open_upload(const StreamedUpload& upload, bool tls, const aws::SignedRequest& signed_request);

// Reads the whole source once and fills `sha256_hex` and, with an algorithm, `checksum`. Other tasks run in
// between.
Task<> digest_upload(StreamedUpload& upload);

}  // namespace s3dr::client
