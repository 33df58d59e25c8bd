// The bodies of Asio's TLS functions, compiled once for the whole program.
#include <boost/asio/ssl/impl/src.hpp>
