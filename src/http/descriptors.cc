#include "http/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/system/errc.hpp>
#include <cerrno>

namespace s3dr::http {

bool means_no_descriptor(const boost::system::error_code& failure) {
  namespace errc = boost::system::errc;
  return failure == errc::too_many_files_open || failure == errc::too_many_files_open_in_system;
}

bool descriptors_exhausted() {
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == EMFILE || errno == ENFILE;
  ::close(file);
  return false;
}

std::string descriptor_limit_text() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return "the machine has none left";
  return "the process may open " + std::to_string(limit.rlim_cur);
}

}  // namespace s3dr::http
