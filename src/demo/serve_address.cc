#include "demo/serve_address.h"

#include "app/config.h"
#include "base/error.h"

namespace s3dr::app {

ServeAddress read_serve_address(const std::string& config_path) {
  ServeAddress result;
  try {
    const Config config = read_config(config_path);
    std::string host = config.serve.address;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (config.serve.port == 0) {
      result.why = "serve.listen has the port 0, which only the controller itself knows";
    } else {
      result.endpoint = Endpoint{false, host, config.serve.port};
    }
  } catch (const Error& error) {
    result.why = error.what();
  }
  return result;
}

}  // namespace s3dr::app
