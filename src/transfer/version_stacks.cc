#include "transfer/version_stacks.h"

#include <utility>

#include "base/error.h"

namespace s3dr::transfer {

VersionStacks::VersionStacks(ports::ObjectStore& store, s3::BucketName bucket, std::string prefix,
                             std::size_t versions_per_key_max)
    : store_(store), bucket_(std::move(bucket)), versions_per_key_max_(versions_per_key_max) {
  options_.prefix = std::move(prefix);
}

Task<const s3::ObjectVersion*> VersionStacks::peek() {
  while (position_ == page_.versions.size()) {
    if (started_) {
      if (!page_.is_truncated) co_return nullptr;
      const bool moved = page_.next_key_marker != options_.key_marker ||
                         page_.next_version_id_marker != options_.version_id_marker;
      if (!moved) {
        throw Error(ErrorKind::corrupt, "the listing says it is truncated but does not move on")
            .with_resource(s3::bucket_url(bucket_));
      }
      options_.key_marker = page_.next_key_marker;
      options_.version_id_marker = page_.next_version_id_marker;
    }
    page_ = co_await store_.list_object_versions(bucket_, options_);
    if (!started_) served_at_ = page_.served_at;
    started_ = true;
    position_ = 0;
  }
  co_return &page_.versions[position_];
}

Task<std::optional<VersionStack>> VersionStacks::next() {
  const s3::ObjectVersion* first = co_await peek();
  if (first == nullptr) co_return std::nullopt;
  VersionStack stack;
  stack.key = first->key;
  if (last_key_ && !(*last_key_ < stack.key)) {
    throw Error(ErrorKind::corrupt, "the listing is not in key order")
        .with_resource(s3::object_url(bucket_, stack.key));
  }
  last_key_ = stack.key;
  while (true) {
    const s3::ObjectVersion* version = co_await peek();
    if (version == nullptr || version->key != stack.key) break;
    if (stack.versions.size() == versions_per_key_max_) {
      throw Error(ErrorKind::invalid, "too many versions of one key to compare")
          .with_resource(s3::object_url(bucket_, stack.key));
    }
    stack.versions.push_back(std::move(page_.versions[position_]));
    ++position_;
  }
  co_return stack;
}

Task<VersionStack> read_stack(ports::ObjectStore& store, s3::BucketName bucket, s3::ObjectKey key) {
  // The key itself is the first of all keys that begin with it.
  VersionStacks stacks(store, bucket, key.bytes());
  auto first = co_await stacks.next();
  if (first && first->key == key) co_return std::move(*first);
  co_return VersionStack{std::move(key), {}};
}

}  // namespace s3dr::transfer
