#include "client/multipart_upload.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <utility>

#include "aws/hash.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "client/answers.h"
#include "client/object_head.h"
#include "client/object_store.h"

namespace s3dr::client {
namespace {

constexpr std::uint64_t parts_max = 10'000;

struct Progress {
  ObjectWriter& writer;
  UploadId upload;
  BodySource source;
  std::uint64_t part_bytes = 0;
  std::vector<s3::CompletedPart> parts;
  std::size_t next = 0;
  bool failed = false;  // the others need not begin another part
};

Task<> upload_next_parts(Progress& progress) {
  while (!progress.failed && progress.next < progress.parts.size()) {
    const std::size_t index = progress.next++;
    const std::uint64_t offset = index * progress.part_bytes;
    const std::uint64_t length = std::min(progress.part_bytes, progress.source.length - offset);
    try {
      progress.parts[index] = co_await progress.writer.upload_part(
          progress.upload, static_cast<int>(index) + 1, progress.source, offset, length);
    } catch (...) {
      progress.failed = true;
      throw;
    }
  }
}

Task<> join_quietly(TaskGroup& group) {
  try {
    co_await group.join();
  } catch (...) {  // the first error is what the caller raises already
  }
}

Task<> abort_quietly(ObjectWriter& writer, UploadId upload) {
  try {
    co_await writer.abort_multipart_upload(std::move(upload));
  } catch (const std::exception&) {  // the error that made us abort says more
  }
}

Task<> upload_all_parts(Progress& progress, std::size_t parallel) {
  TaskGroup group(co_await boost::asio::this_coro::executor);
  for (std::size_t i = 0; i < std::min(parallel, progress.parts.size()); ++i) {
    group.spawn(upload_next_parts(progress));
  }
  std::exception_ptr failure;
  try {
    co_await group.join();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    group.cancel();
    co_await shielded(join_quietly(group));
    std::rethrow_exception(failure);
  }
}

// What S3 computes for an object of these parts; nullopt when an ETag is not the MD5 of its part (KMS).
std::optional<std::string> multipart_etag(const std::vector<s3::CompletedPart>& parts) {
  std::string digests;
  for (const s3::CompletedPart& part : parts) {
    const auto digest = from_hex(unquoted(part.etag));
    if (!digest || digest->size() != 16) return std::nullopt;
    digests += *digest;
  }
  return to_hex(aws::md5(digests)) + "-" + std::to_string(parts.size());
}

Task<std::optional<PutResult>> look(Progress& progress) {
  const auto expected = multipart_etag(progress.parts);
  const auto store = make_object_store(progress.writer.client(), progress.writer.account());
  const auto head = co_await store->head_object(progress.upload.bucket, progress.upload.key, {});
  if (!head || !expected || head->etag != *expected) co_return std::nullopt;
  co_return PutResult{head->etag, head->version_id};
}

Task<PutResult> complete(Progress& progress) {
  std::optional<Error> doubt;
  try {
    co_return co_await progress.writer.complete_multipart_upload(progress.upload, progress.parts);
  } catch (const Error& error) {
    // NoSuchUpload: an earlier attempt, whose answer was lost, may have used it up.
    if (error.kind() != ErrorKind::outcome_unknown && error.kind() != ErrorKind::unavailable &&
        error.code() != "NoSuchUpload") {
      throw;
    }
    doubt = error;
  }
  if (auto found = co_await look(progress)) co_return *found;
  throw with_kind(*doubt, ErrorKind::outcome_unknown);
}

}  // namespace

Task<PutResult> upload_in_parts(ObjectWriter& writer, s3::BucketName bucket, s3::ObjectKey key,
                                BodySource source, PutOptions options, MultipartOptions parts) {
  Progress progress{writer, {}, std::move(source), 0, {}, 0, false};
  const std::uint64_t length = progress.source.length;
  progress.part_bytes = std::max(parts.part_bytes, (length + parts_max - 1) / parts_max);
  progress.part_bytes = std::max<std::uint64_t>(progress.part_bytes, 1);
  const std::uint64_t count =
      std::max<std::uint64_t>(1, (length + progress.part_bytes - 1) / progress.part_bytes);
  progress.parts.resize(count);
  progress.upload =
      co_await writer.create_multipart_upload(std::move(bucket), std::move(key), std::move(options));

  std::exception_ptr failure;
  try {
    co_await upload_all_parts(progress, std::max<std::size_t>(parts.parallel_max, 1));
    co_return co_await complete(progress);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::outcome_unknown && !progress.failed) throw;  // it may be there
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await shielded(abort_quietly(writer, progress.upload));
  std::rethrow_exception(failure);
}

Task<PutResult> upload(ObjectWriter& writer, s3::BucketName bucket, s3::ObjectKey key, BodySource source,
                       PutOptions options, MultipartOptions parts) {
  if (source.length <= parts.part_bytes) {
    return writer.put_object(std::move(bucket), std::move(key), std::move(source), std::move(options));
  }
  return upload_in_parts(writer, std::move(bucket), std::move(key), std::move(source), std::move(options),
                         parts);
}

}  // namespace s3dr::client
