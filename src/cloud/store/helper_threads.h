// A few threads for calls that block (fsync, large writes and reads). A coroutine hands over a function and
// continues after the function has run. Only the file storage uses them; the memory storage needs none.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "base/task.h"

namespace s3dr::cloud {

// Runs `work` on a thread of the pool and rethrows what it throws. Cancellation does not end the wait: the
// caller's frame stays until `work` has run. Needs: the caller's io_context outlives the pool.
Task<> run_on(boost::asio::thread_pool& pool, std::function<void()> work);

}  // namespace s3dr::cloud
