// What an answer means when a store answers differently from AWS: missing sub-resources, HTML from a proxy, a
// document that was not asked for. Used by S3Client and the port implementations. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "client/s3/s3_call.h"
#include "client/s3/s3_client.h"

namespace s3dr::client {

// Judges an error answer once more. A sub-resource or S3 Control that the store does not have becomes
// unsupported. Stores say this in several ways: 405, 501, a 400 that names the sub-resource, a 4xx without an
// S3 code, a bucket named "v20180820" that does not exist.
// A 404 counts as an absence only with the code that says so.
Error refined(Error error, const S3Call& call, std::string_view body);

// Returns `parse(answer.text)`. A text that `parse` refuses is corrupt. HTML, and a plain listing in place of
// the sub-resource, are unsupported. None of these is ever an absence.
[[noreturn]] void throw_not_understood(const Error& cause, std::string_view text,
                                       const std::string& resource);
template <class Parse>
auto understood(const S3Answer& answer, const std::string& resource, Parse parse)
    -> decltype(parse(std::string_view())) {
  try {
    return parse(std::string_view(answer.text));
  } catch (const Error& error) {
    throw_not_understood(error, answer.text, resource);
  }
}

}  // namespace s3dr::client
