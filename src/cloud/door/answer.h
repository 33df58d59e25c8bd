// Building answers: XML, empty and error ones, and the headers every answer carries.
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

// What an <Error> document tells besides the error itself.
struct ErrorFrame {
  std::string method;    // HEAD: no body
  std::string resource;  // the path as it came, percent-encoded
  std::string bucket;
  std::string request_id;
  std::string host_id;
  std::vector<std::pair<std::string, std::string>> extra;
};

// The status an error is answered with: its own, else its code's, else its kind's.
int answer_status(const Error& error);
// The code, or one for the kind where there is none.
std::string answer_code(const Error& error);
HttpResponse error_answer(const Error& error, const ErrorFrame& frame);

// x-amz-request-id, x-amz-id-2, Date and Server.
void add_common_headers(HttpResponse& response, const ErrorFrame& frame, Instant now);

}  // namespace s3dr::cloud
