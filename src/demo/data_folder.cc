#include "demo/data_folder.h"

#include <cstdlib>

#include "app/command.h"

namespace s3dr::app {

std::string default_data_folder() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return std::string(data) + "/s3dr";  // a relative one is to be ignored
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return std::string(home) + "/.local/share/s3dr";
  throw UsageError(Error(ErrorKind::invalid, "there is no home folder for the data")
                       .with_advice("name a folder with --data DIR, or set HOME"));
}

}  // namespace s3dr::app
