// How a streamed upload is signed, checked and framed. Over TLS the checksum follows in a trailer and the
// bytes are read once; over plain HTTP the payload is signed, so its hash must be known before (digest_upload
// reads it twice). Between s3_client.h, which signs, and aws/chunked.h, which frames.
#pragma once

#include <string>

#include "aws/sigv4.h"
#include "base/task.h"
#include "client/s3/s3_call.h"

namespace s3dr::client {

// Before signing: adds the headers of the framing and the checksum, and returns the payload hash or the word
// in its place. Raises invalid over plain HTTP when `sha256_hex` is not known.
std::string prepare_upload(HttpRequest& request, const StreamedUpload& upload, bool tls);
// After signing: a fresh body.
Body open_upload(const StreamedUpload& upload, bool tls, const aws::SignedRequest& signed_request);

// Reads the whole source once and fills `sha256_hex` and, with an algorithm, `checksum`. Lets others run in
// between.
Task<> digest_upload(StreamedUpload& upload);

}  // namespace s3dr::client
