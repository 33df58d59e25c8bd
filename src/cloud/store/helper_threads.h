// A few threads for calls that block (fsync, large writes and reads): a coroutine hands over a function and
// goes on when it has run. Used by the file storage only; the memory storage needs none.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>

#include "base/task.h"

namespace s3dr::cloud {

// Runs `work` on a thread of the pool and rethrows what it throws. Not ended early by cancellation: the
// caller's frame is there until `work` has run. The caller's io_context outlives the pool.
Task<> run_on(boost::asio::thread_pool& pool, std::function<void()> work);

}  // namespace s3dr::cloud
