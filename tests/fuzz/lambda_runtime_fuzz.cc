// The Lambda Runtime API as the function sees it: any answer of the host gives an invocation or an Error, and
// what is sent back for it is a request that a host can read.
//
// Input: lines "status", then "Name: value", an empty line, and the body.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "lambda/runtime.h"

namespace {

using namespace s3dr;

void check(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// What http/ lets through of a header.
bool is_header_value(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return false;
  }
  return true;
}

class Host : public http::HttpTransport {
 public:
  explicit Host(std::string_view text) : text_(text) {}

  Task<HttpResponse> send(Endpoint, HttpRequest request, http::SendOptions) override {
    for (const char c : request.target) check(static_cast<unsigned char>(c) > 0x20 && c != 0x7F);
    for (const Header& field : request.headers) check(is_header_value(field.value));
    const std::string sent = co_await request.body.read_all(lambda::event_body_bytes_max);
    if (request.target.ends_with("/error")) boost::json::parse(sent);
    std::string_view rest = text_;
    HttpResponse response;
    const std::string_view status = take_line(rest);
    std::from_chars(status.data(), status.data() + status.size(), response.status);
    while (true) {
      const std::string_view line = take_line(rest);
      if (line.empty()) break;
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos || !is_header_value(line.substr(colon + 1))) continue;
      response.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
    }
    response.body = Body(std::string(rest));
    co_return response;
  }

 private:
  std::string_view text_;
};

Task<> handle_one(lambda::RuntimeApi& api) {
  const lambda::Invocation invocation = co_await api.next();
  check(!invocation.request_id.empty());
  lambda::Reply reply;
  if (invocation.event.size() % 2 == 1)
    reply.failure = lambda::function_error(ErrorKind::corrupt, invocation.event);
  co_await api.reply(invocation.request_id, invocation.invocation_id, std::move(reply));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::asio::io_context io;
  Host host(std::string_view(reinterpret_cast<const char*>(data), size));
  lambda::RuntimeApi api(host, "127.0.0.1:9001");
  std::exception_ptr failure;
  boost::asio::co_spawn(io, handle_one(api), [&](std::exception_ptr error) { failure = error; });
  io.run();
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const Error&) {
  }
  return 0;
}
