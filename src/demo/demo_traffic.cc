#include "demo/demo_traffic.h"

#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>

#include "base/cleanup.h"
#include "base/task_group.h"
#include "client/s3/multipart_upload.h"

namespace s3dr::app {
namespace {

constexpr std::size_t uploads_at_a_time = 24;
constexpr milliseconds between_writes(40);
constexpr std::uint64_t large_seed = 100;

struct Uploading {
  client::ObjectWriter& writer;
  s3::BucketName bucket;
  const Tree& tree;
  std::uint64_t large_bytes;
  std::function<void(const UploadProgress&)> changed;
  std::vector<std::string> odd = odd_keys();
  std::size_t next = 0;
  UploadProgress progress{};

  std::size_t total() const { return 1 + odd.size() + tree.files.size(); }
};

Task<std::uint64_t> upload_one(Uploading& all, std::size_t index) {
  if (index == 0) {  // first, as it takes longest
    co_await client::upload_in_parts(all.writer, all.bucket, s3::ObjectKey("large.bin"),
                                     generated_source(all.large_bytes, large_seed));
    co_return all.large_bytes;
  }
  --index;
  if (index < all.odd.size()) {
    const std::string text = "odd key number " + std::to_string(index);
    client::PutOptions options;
    options.user_metadata["number"] = std::to_string(index);
    co_await all.writer.put_object(all.bucket, s3::ObjectKey(all.odd[index]), client::text_source(text),
                                   options);
    co_return text.size();
  }
  index -= all.odd.size();
  const TreeFile& file = all.tree.files[index];
  co_await client::upload(all.writer, all.bucket, s3::ObjectKey(file.key), client::file_source(file.path),
                          options_of(file, index));
  co_return file.bytes;
}

Task<> upload_some(Uploading& all) {
  while (all.next < all.total()) {
    const std::size_t index = all.next++;
    try {
      all.progress.bytes += co_await upload_one(all, index);
      ++all.progress.objects;
      all.changed(all.progress);
    } catch (...) {
      all.next = all.total();  // the others need not begin another one
      throw;
    }
  }
}

Task<> write_one(client::ObjectWriter& writer, const s3::BucketName& bucket, const Tree& tree,
                 Traffic& traffic, std::uint64_t step) {
  const std::string text = "written in step " + std::to_string(step);
  const TreeFile& file = tree.files[(step * 131) % tree.files.size()];
  const std::string hot = "hot/" + std::to_string(step / 6 % 5);
  switch (step % 6) {
    case 0:
      co_await writer.put_object(bucket, s3::ObjectKey("arriving/" + std::to_string(step)),
                                 client::text_source(text));
      ++traffic.created;
      break;
    case 1:
      co_await writer.put_object(bucket, s3::ObjectKey(file.key), client::text_source(text));
      ++traffic.overwritten;
      break;
    case 2:
      co_await writer.delete_object(bucket, s3::ObjectKey(file.key));
      ++traffic.deleted;
      break;
    case 5:
      co_await writer.delete_object(bucket, s3::ObjectKey(hot));
      ++traffic.deleted;
      break;
    default:  // twice in a row: versions of one key close together
      co_await writer.put_object(bucket, s3::ObjectKey(hot), client::text_source(text));
      ++traffic.overwritten;
  }
}

}  // namespace

Task<UploadProgress> upload_all(client::ObjectWriter& writer, s3::BucketName bucket, const Tree& tree,
                                std::uint64_t large_bytes,
                                std::function<void(const UploadProgress&)> changed) {
  Uploading all{writer, std::move(bucket), tree, large_bytes, std::move(changed)};
  all.progress.objects_total = all.total();
  TaskGroup group(co_await boost::asio::this_coro::executor);
  TaskGroup* tasks = &group;
  for (std::size_t i = 0; i < uploads_at_a_time; ++i) group.spawn(upload_some(all));
  co_await with_clean_up(group.wait(), [tasks] { return tasks->cancel_and_join(); });
  co_return all.progress;
}

Task<> keep_writing(client::ObjectWriter& writer, s3::BucketName bucket, const Tree& tree, Traffic& traffic) {
  for (std::uint64_t step = 0; !traffic.stop; ++step) {
    co_await write_one(writer, bucket, tree, traffic, step);
    co_await writer.client().clock().sleep(between_writes);
  }
}

}  // namespace s3dr::app
