// The text that a Signature Version 4 is made over (aws-sigv4 "canonical request"), one function for each
// line of it. The signer (aws/sigv4.h) and the verifier (aws/sigv4_verify.h) both build it here, so they
// cannot disagree. Works on the wire form of the target. Never changes the request. Not here: hashing, keys,
// signatures.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/request_target.h"
#include "base/http_message.h"

namespace s3dr::aws {

// S3 encodes each byte of the path once and keeps dot segments and "//" unchanged. Every other service
// normalises the path and encodes once more what was already encoded ("%3A" becomes "%253A").
enum class PathRule { s3, normalised, as_is };

// True for "s3" and every service named after it ("s3-object-lambda", a replication listener of our own).
// They use the S3 path rule and need x-amz-content-sha256.
bool signs_like_s3(std::string_view service);
PathRule path_rule_of(std::string_view service);

// nullopt for a broken escape (S3 rule only: the others do not decode).
std::optional<std::string> canonical_path(std::string_view wire_path, PathRule rule);
// Encoded, then sorted by name and value. `left_out` is dropped: the signature in a presigned target is not
// signed itself.
std::string canonical_query(const QueryParameters& parameters, std::string_view left_out = {});

// Both ends trimmed, each run of blanks made one space.
std::string canonical_header_value(std::string_view value);
// "name:value\n" for each of `names`, which must be lower-case and sorted. Fields with the same name are
// joined with ','.
std::string canonical_headers(const Headers& headers, std::span<const std::string> names);
// Lower-case, sorted names of the fields to sign. These are all fields except those that a proxy or the HTTP
// library may change (user-agent, expect, transfer-encoding, connection, accept-encoding, x-amzn-trace-id and
// similar ones).
std::vector<std::string> signable_headers(const Headers& headers);
std::string joined_names(std::span<const std::string> names);  // with ';'

std::string canonical_request(std::string_view method, std::string_view path, std::string_view query,
                              const Headers& headers, std::span<const std::string> signed_names,
                              std::string_view payload_hash);

}  // namespace s3dr::aws
