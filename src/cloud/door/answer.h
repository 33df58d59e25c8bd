// Builds answers: XML, empty and error answers, and the headers that every answer carries.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/http_message.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {

HttpResponse empty_answer(int status);
HttpResponse xml_answer(std::string xml, int status = 200);

// What an <Error> document contains besides the error itself.
struct ErrorFrame {
  std::string method;    // HEAD: no body
  std::string resource;  // the path as it came, percent-encoded
  std::string bucket;
  std::string request_id;
  std::string host_id;
  std::vector<std::pair<std::string, std::string>> extra;
};

// The HTTP status of the answer: the error's own, else the one of its code, else the one of its kind.
int answer_status(const Error& error);
// The error's code. If it has none, the code of its kind.
std::string answer_code(const Error& error);
HttpResponse error_answer(const Error& error, const ErrorFrame& frame);

// x-amz-request-id, x-amz-id-2, Date and Server.
void add_common_headers(HttpResponse& response, const ErrorFrame& frame, Instant now);

}  // namespace s3dr::cloud
