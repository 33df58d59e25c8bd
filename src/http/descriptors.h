// File descriptors that have run out: told by the error of the failed call, or, where a resolver or a TLS library
// does not say why it failed, by trying to open one.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>

#include "base/error.h"

namespace s3dr::http {

// A connection failed because no descriptor was free.
class NoDescriptorFree : public Error {
 public:
  explicit NoDescriptorFree(const Error& failure) : Error(failure) {}
};

// EMFILE or ENFILE.
bool means_no_descriptor(const boost::system::error_code& failure);

// No descriptor is free, in the process (EMFILE) or on the machine (ENFILE). Opens one and closes it again.
bool descriptors_exhausted();
std::string descriptor_limit_text();  // "the process may open 1024"

}  // namespace s3dr::http
