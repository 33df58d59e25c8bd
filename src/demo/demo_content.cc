#include "demo/demo_content.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "app/command.h"

namespace s3dr::app {
namespace fs = std::filesystem;
namespace {

UsageError unusable(const std::string& root, const std::string& why) {
  return UsageError(
      Error(ErrorKind::invalid, why)
          .with_resource(root)
          .with_advice("name a folder with files in it: --input DIR (make demo DEMO_INPUT=DIR)"));
}

bool leads_out(const fs::path& link, const fs::path& root) {
  std::error_code failure;
  const fs::path target = fs::canonical(link, failure);
  if (failure) return true;
  const fs::path relative = target.lexically_relative(root);
  return relative.empty() || *relative.begin() == "..";
}

std::uint64_t mix(std::uint64_t value) {  // splitmix64
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

class GeneratedReader : public BodyReader {
 public:
  GeneratedReader(std::uint64_t seed, std::uint64_t offset, std::uint64_t length)
      : seed_(seed), position_(offset), end_(offset + length) {}

  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), end_ - position_);
    for (std::size_t done = 0; done < count;) {
      const std::uint64_t word = mix(seed_ ^ (position_ / 8));
      const std::size_t from = position_ % 8;
      const std::size_t bytes = std::min(sizeof word - from, count - done);
      std::memcpy(buffer.data() + done, reinterpret_cast<const char*>(&word) + from, bytes);
      done += bytes;
      position_ += bytes;
    }
    co_return count;
  }

 private:
  std::uint64_t seed_, position_, end_;
};

}  // namespace

Tree scan_tree(const std::string& root) {
  std::error_code failure;
  const fs::path base = fs::canonical(root, failure);
  if (failure) throw unusable(root, "the folder to upload cannot be read: " + failure.message());
  if (!fs::is_directory(base)) throw unusable(root, "what is to be uploaded is not a folder");
  Tree tree;
  tree.root = base.string();
  fs::recursive_directory_iterator entry(base, fs::directory_options::none, failure);
  for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) continue;
    const std::string key = entry->path().lexically_relative(base).string();
    const bool foreign = entry->is_symlink(ignored) && leads_out(entry->path(), base);
    if (foreign || !entry->is_regular_file(ignored) || key.size() > 1024) {
      ++tree.left_out;
      continue;
    }
    const std::uint64_t bytes = entry->file_size(ignored);
    tree.files.push_back({entry->path().string(), key, bytes});
    tree.bytes += bytes;
  }
  if (failure) throw unusable(root, "the folder to upload cannot be read: " + failure.message());
  if (tree.files.empty()) throw unusable(root, "there is no file in the folder to upload");
  std::ranges::sort(tree.files, {}, &TreeFile::key);
  return tree;
}

std::vector<std::string> odd_keys() {
  return {".",
          "..",
          "./dot",
          "../dot-dot",
          "odd/./middle",
          "odd/../middle",
          "//",
          "/leading",
          "odd//double",
          "odd/trailing/",
          "odd/100%",
          "odd/%2F%20",
          "odd/a+b",
          "odd/two  blanks ",
          "odd/ &<>\"'",
          "odd/tab\there",
          "odd/\xc3\xbcml\xc3\xa4ut \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x8c\x8d",
          "odd/e\xcc\x81",
          "odd/" + std::string(1020, 'k')};
}

client::BodySource generated_source(std::uint64_t bytes, std::uint64_t seed) {
  return {bytes, [seed](std::uint64_t offset, std::uint64_t length) -> std::unique_ptr<BodyReader> {
            return std::make_unique<GeneratedReader>(seed, offset, length);
          }};
}

client::PutOptions options_of(const TreeFile& file, std::size_t index) {
  client::PutOptions options;
  if (index % 20 == 0) {
    options.system_metadata["content-type"] = "text/x-c++";
    options.user_metadata["origin"] = "demo";
    options.user_metadata["bytes"] = std::to_string(file.bytes);
  }
  if (index % 50 == 0) options.tags = {{"kind", "header"}, {"group", std::to_string(index % 7)}};
  return options;
}

}  // namespace s3dr::app
