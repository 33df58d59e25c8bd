// The chain of chunk signatures of aws-chunked bodies. Each one covers the one before; the first covers the
// request's own. Shared by aws/chunked_encoder.cc and aws/chunked_decoder.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace s3dr::aws {

class ChunkSignatures {
 public:
  // `seed` is the signature of the request; `amz_date` and `scope` are those it was made with.
  ChunkSignatures(Secret signing_key, std::string amz_date, std::string scope, std::string seed);

  // The signature of the next chunk, 64 hex digits. The signature after it will cover this one.
  std::string of_chunk(std::string_view data_sha256_hex);
  // The signature of the trailer, made after the chunk of length zero. `canonical_trailer` has "name:value\n"
  // for each field in the order sent.
  std::string of_trailer(std::string_view canonical_trailer);

 private:
  std::string sign(std::string text);

  Secret signing_key_;
  std::string amz_date_;
  std::string scope_;
  std::string previous_;
};

}  // namespace s3dr::aws
