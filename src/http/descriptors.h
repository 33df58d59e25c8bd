// Whether this process can still open files and sockets. Asked after a failure: a resolver or a TLS library
// without descriptors does not say why it failed.
#pragma once

#include <string>

namespace s3dr::http {

// No descriptor is free, in the process (EMFILE) or on the machine (ENFILE). Opens one and closes it again.
bool descriptors_exhausted();
std::string descriptor_limit_text();  // "the process may open 1024"

}  // namespace s3dr::http
