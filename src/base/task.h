// The coroutine type of the whole project. Headers expose nothing else of Asio. This keeps compile times low.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace s3dr {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace s3dr
