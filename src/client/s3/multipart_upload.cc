#include "client/s3/multipart_upload.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "aws/hash.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "client/s3/answers.h"
#include "client/s3/object_store.h"
#include "s3/http_fields.h"

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
  bool failed = false;   // the others need not begin another part
  bool settled = false;  // completed, or perhaps completed: not to be aborted
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

// The error that caused the abort says more than an error of the abort. Lifecycle rules remove what is left.
Task<> abort_unless_settled(Progress& progress) {
  if (progress.settled || progress.upload.id.empty()) co_return;
  try {
    co_await progress.writer.abort_multipart_upload(progress.upload);
  } catch (const std::exception&) {
    co_return;
  }
}

// The parts are sent by a few workers at a time. The first error stops them all, and so does being cancelled.
Task<> upload_all_parts(Progress& progress, std::size_t parallel) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  using Worker = decltype(asio::co_spawn(executor, upload_next_parts(progress), asio::deferred));
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < std::min(parallel, progress.parts.size()); ++i) {
    workers.push_back(asio::co_spawn(executor, upload_next_parts(progress), asio::deferred));
  }
  auto group = asio::experimental::make_parallel_group(std::move(workers));
  const auto [order, failures] =
      co_await group.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
  for (const std::size_t index : order) {  // the first failed one tells why; the others were cancelled
    if (failures[index]) std::rethrow_exception(failures[index]);
  }
}

// What S3 computes for an object of these parts; nullopt when an ETag is not the MD5 of its part (KMS).
std::optional<std::string> multipart_etag(const std::vector<s3::CompletedPart>& parts) {
  std::string digests;
  for (const s3::CompletedPart& part : parts) {
    const auto digest = from_hex(s3::unquote_etag(part.etag));
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
  progress.settled = true;
  try {
    co_return co_await progress.writer.complete_multipart_upload(progress.upload, progress.parts);
  } catch (const Error& error) {
    // NoSuchUpload: an earlier attempt, whose answer was lost, may have used it up.
    const bool in_doubt = error.kind() == ErrorKind::outcome_unknown ||
                          error.kind() == ErrorKind::unavailable || error.code() == "NoSuchUpload";
    progress.settled = in_doubt || error.kind() == ErrorKind::cancelled;
    if (!in_doubt) throw;
    doubt = error;
  }
  if (auto found = co_await look(progress)) co_return *found;
  throw with_kind(*doubt, ErrorKind::outcome_unknown);
}

Task<PutResult> run(Progress& progress, PutOptions options, std::size_t parallel) {
  progress.upload = co_await progress.writer.create_multipart_upload(progress.upload.bucket,
                                                                     progress.upload.key, std::move(options));
  co_await upload_all_parts(progress, parallel);
  co_return co_await complete(progress);
}

}  // namespace

Task<PutResult> upload_in_parts(ObjectWriter& writer, s3::BucketName bucket, s3::ObjectKey key,
                                BodySource source, PutOptions options, MultipartOptions parts) {
  Progress progress{writer, {std::move(bucket), std::move(key), ""}, std::move(source), 0, {}, 0, false,
                    false};
  const std::uint64_t length = progress.source.length;
  progress.part_bytes = std::max(parts.part_bytes, (length + parts_max - 1) / parts_max);
  progress.part_bytes = std::max<std::uint64_t>(progress.part_bytes, 1);
  const std::uint64_t count =
      std::max<std::uint64_t>(1, (length + progress.part_bytes - 1) / progress.part_bytes);
  progress.parts.resize(count);
  const std::size_t parallel = std::max<std::size_t>(parts.parallel_max, 1);
  co_return co_await with_clean_up<PutResult>(run(progress, std::move(options), parallel),
                                              [&progress] { return abort_unless_settled(progress); });
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
