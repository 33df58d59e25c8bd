#include <algorithm>
#include <map>

#include "cloud/objects/object_table.h"
#include "s3/xml_object.h"
#include "unit/cloud/region_fixture.h"

namespace s3dr::cloud {
namespace {

struct Entry {
  std::string key, version;
  bool marker = false;
  bool operator==(const Entry&) const = default;
};

class Listing : public RegionTest {
 protected:
  // Random keys of a small alphabet, so that prefixes and delimiters meet; several versions of some.
  void fill(Random& dice) {
    create_bucket(west(), "listed");
    enable_versioning(west(), "listed");
    Connection& db = west().context().database.reader();
    const auto bucket = find_bucket_row();
    constexpr std::string_view letters = "ab/\xff";
    for (int i = 0; i < 60; ++i) {
      std::string key;
      for (std::uint64_t length = 1 + dice.below(5); key.size() < length;)
        key += letters[dice.below(letters.size())];
      VersionRow row;
      row.key = s3::ObjectKey(key);
      row.version_id = s3::VersionId(dice.alphanumeric(32));
      row.is_marker = dice.chance(0.3);
      insert_newest(db, bucket, row, clock.now());
      auto& stack = model[key];
      stack.insert(stack.begin(), Entry{key, row.version_id.text(), row.is_marker});
    }
  }

  BucketRow find_bucket_row() {
    BucketRow bucket;
    auto row = west().context().database.reader().prepare("SELECT id FROM bucket WHERE name = 'listed'");
    EXPECT_TRUE(row.step());
    bucket.id = row.integer(0);
    bucket.name = s3::BucketName::parse("listed");
    bucket.versioning = s3::Versioning::enabled;
    return bucket;
  }

  // What a listing must give: entries and common prefixes in one order.
  std::vector<std::string> expected(const std::string& prefix, const std::string& delimiter,
                                    bool versions) const {
    std::vector<std::string> result;
    for (const auto& [key, stack] : model) {
      if (!key.starts_with(prefix)) continue;
      if (!versions && stack.front().marker) continue;
      const auto cut = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
      if (cut != std::string::npos) {
        const std::string rolled_up = "P " + key.substr(0, cut + delimiter.size());
        if (result.empty() || result.back() != rolled_up) result.push_back(rolled_up);
        continue;
      }
      for (const Entry& entry : stack) {
        result.push_back("K " + key + (versions ? " " + entry.version : ""));
        if (!versions) break;
      }
    }
    return result;
  }

  static std::string query(const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::string text;
    for (const auto& [name, value] : parameters)
      if (!value.empty()) text += "&" + name + "=" + uri_encode(value);
    return text;
  }

  std::vector<std::string> list_v2(const std::string& prefix, const std::string& delimiter, int page_size) {
    std::vector<std::string> all;
    std::string token;
    for (int pages = 0; pages < 200; ++pages) {
      const Reply reply = send({"GET", "/listed?list-type=2&encoding-type=url" +
                                           query({{"prefix", prefix},
                                                  {"delimiter", delimiter},
                                                  {"continuation-token", token},
                                                  {"max-keys", std::to_string(page_size)}})});
      EXPECT_EQ(reply.status, 200) << reply.body;
      const auto page = s3::parse_list_objects_v2_result(reply.body);
      EXPECT_LE(page.objects.size() + page.common_prefixes.size(), static_cast<std::size_t>(page_size));
      std::vector<std::string> merged;
      for (const auto& object : page.objects) merged.push_back("K " + object.key.bytes());
      for (const auto& rolled_up : page.common_prefixes) merged.push_back("P " + rolled_up);
      std::sort(merged.begin(), merged.end(),
                [](const auto& a, const auto& b) { return a.substr(2) < b.substr(2); });
      all.insert(all.end(), merged.begin(), merged.end());
      if (!page.is_truncated) return all;
      token = page.next;
    }
    ADD_FAILURE() << "the listing does not end";
    return all;
  }

  std::vector<std::string> list_versions(const std::string& prefix, const std::string& delimiter,
                                         int page_size) {
    std::vector<std::string> all;
    std::string key_marker, version_marker;
    for (int pages = 0; pages < 200; ++pages) {
      const Reply reply = send(
          {"GET", "/listed?versions&encoding-type=url" + query({{"prefix", prefix},
                                                                {"delimiter", delimiter},
                                                                {"key-marker", key_marker},
                                                                {"version-id-marker", version_marker},
                                                                {"max-keys", std::to_string(page_size)}})});
      EXPECT_EQ(reply.status, 200) << reply.body;
      const auto page = s3::parse_list_versions_result(reply.body);
      std::multimap<std::string, std::string> merged;  // by key; versions keep their order
      for (const auto& version : page.versions) {
        const auto& stack = model.at(version.key.bytes());
        const auto found = std::find_if(stack.begin(), stack.end(), [&](const Entry& entry) {
          return entry.version == version.version_id.text();
        });
        EXPECT_NE(found, stack.end());
        if (found == stack.end()) continue;
        EXPECT_EQ(version.is_delete_marker, found->marker);
        EXPECT_EQ(version.is_latest, found == stack.begin());
        merged.emplace(version.key.bytes(), "K " + version.key.bytes() + " " + version.version_id.text());
      }
      for (const auto& rolled_up : page.common_prefixes) merged.emplace(rolled_up, "P " + rolled_up);
      for (auto& [key, line] : merged) all.push_back(std::move(line));
      if (!page.is_truncated) return all;
      key_marker = page.next_key_marker.bytes();
      version_marker = page.next_version_id_marker.text();
    }
    ADD_FAILURE() << "the listing does not end";
    return all;
  }

  std::map<std::string, std::vector<Entry>> model;  // std::string orders by unsigned bytes
};

TEST_F(Listing, RandomPrefixesDelimitersAndPagesGiveTheModel) {
  constexpr std::uint64_t seed = 4711;
  const auto dice = make_seeded_random(seed);
  fill(*dice);
  const std::vector<std::string> prefixes = {"", "a", "ab", "a/", "/", "b/a", "\xff", "absent"};
  const std::vector<std::string> delimiters = {"", "/", "a", "b/", "\xff"};
  for (int round = 0; round < 60; ++round) {
    const auto& prefix = prefixes[dice->below(prefixes.size())];
    const auto& delimiter = delimiters[dice->below(delimiters.size())];
    const int page_size = 1 + static_cast<int>(dice->below(6));
    SCOPED_TRACE("seed " + std::to_string(seed) + " prefix '" + uri_encode(prefix) + "' delimiter '" +
                 uri_encode(delimiter) + "' page " + std::to_string(page_size));
    EXPECT_EQ(list_v2(prefix, delimiter, page_size), expected(prefix, delimiter, false));
    EXPECT_EQ(list_versions(prefix, delimiter, page_size), expected(prefix, delimiter, true));
  }
}

TEST_F(Listing, AVersionMarkerThatWasDeletedLosesNothing) {
  const auto dice = make_seeded_random(1);
  create_bucket(west(), "listed");
  enable_versioning(west(), "listed");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send({"PUT", "/listed/k", "x"}).status, 200);
  const auto first = s3::parse_list_versions_result(send({"GET", "/listed?versions&max-keys=1"}).body);
  ASSERT_TRUE(first.is_truncated);
  const std::string marker = first.next_version_id_marker.text();
  EXPECT_EQ(send({"DELETE", "/listed/k?versionId=" + marker}).status, 204);
  const auto rest = s3::parse_list_versions_result(
      send({"GET", "/listed?versions&key-marker=k&version-id-marker=" + marker}).body);
  EXPECT_EQ(rest.versions.size(), 2U);
}

TEST_F(Listing, BadParametersAreRefusedAndZeroIsAnEmptyPage) {
  create_bucket(west(), "listed");
  EXPECT_EQ(send({"PUT", "/listed/k", "x"}).status, 200);
  EXPECT_EQ(send({"GET", "/listed?list-type=2&max-keys=-1"}).code(), "InvalidArgument");
  EXPECT_EQ(send({"GET", "/listed?list-type=2&max-keys=x"}).code(), "InvalidArgument");
  EXPECT_EQ(send({"GET", "/listed?list-type=2&continuation-token=bogus"}).code(), "InvalidArgument");
  EXPECT_EQ(send({"GET", "/listed?encoding-type=base64"}).code(), "InvalidArgument");
  EXPECT_EQ(send({"GET", "/listed?versions&version-id-marker=x"}).code(), "InvalidArgument");
  const Reply reply = send({"GET", "/listed?list-type=2&max-keys=0"});
  EXPECT_EQ(reply.element("IsTruncated"), "false");
  EXPECT_EQ(reply.element("KeyCount"), "0");
}

}  // namespace
}  // namespace s3dr::cloud
