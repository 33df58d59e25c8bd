#include "aws/chunk_signature.h"

#include <utility>

#include "aws/hash.h"
#include "aws/sigv4.h"

namespace s3dr::aws {

ChunkSignatures::ChunkSignatures(Secret signing_key, std::string amz_date, std::string scope,
                                 std::string seed)
    : signing_key_(std::move(signing_key)),
      amz_date_(std::move(amz_date)),
      scope_(std::move(scope)),
      previous_(std::move(seed)) {}

std::string ChunkSignatures::sign(std::string text) {
  previous_ = signature_of(signing_key_, text);
  return previous_;
}

std::string ChunkSignatures::of_chunk(std::string_view data_sha256_hex) {
  std::string text = "AWS4-HMAC-SHA256-PAYLOAD\n" + amz_date_ + '\n' + scope_ + '\n' + previous_ + '\n';
  text += empty_sha256_hex;
  text += '\n';
  text += data_sha256_hex;
  return sign(std::move(text));
}

std::string ChunkSignatures::of_trailer(std::string_view canonical_trailer) {
  return sign("AWS4-HMAC-SHA256-TRAILER\n" + amz_date_ + '\n' + scope_ + '\n' + previous_ + '\n' +
              sha256_hex(canonical_trailer));
}

}  // namespace s3dr::aws
