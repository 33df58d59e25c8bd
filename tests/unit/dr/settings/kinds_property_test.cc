// Over documents that are the fixtures with random places changed. S3DR_SEED=n repeats a run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "dr/settings/kinds/xml_form.h"
#include "kind_fixtures.h"

namespace s3dr::dr {
namespace {

using enum Strictness;
using Random = std::mt19937_64;

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* given = std::getenv("S3DR_SEED");
    const std::uint64_t chosen =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::cout << "S3DR_SEED=" << chosen << "\n";
    return chosen;
  }();
  return value;
}

std::size_t below(Random& random, std::size_t limit) {
  return random() % limit;
}

// What may stand in an element, so that documents often meet.
const std::vector<std::string>* words_for(const std::string& name) {
  static const std::map<std::string, std::vector<std::string>> words = {
      {"Days", {"1", "30", "365"}},
      {"NoncurrentDays", {"1", "30", "365"}},
      {"NewerNoncurrentVersions", {"1", "3"}},
      {"Status", {"Enabled", "Disabled"}},
      {"Prefix", {"", "a/", "a/b/"}},
      {"StorageClass", {"STANDARD_IA", "GLACIER", "DEEP_ARCHIVE"}},
      {"Mode", {"GOVERNANCE", "COMPLIANCE"}},
      {"ObjectOwnership", {"ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"}},
      {"BlockPublicAcls", {"true", "false"}},
      {"IgnorePublicAcls", {"true", "false"}},
      {"BlockPublicPolicy", {"true", "false"}},
      {"RestrictPublicBuckets", {"true", "false"}},
      {"SSEAlgorithm", {"AES256", "aws:kms", "aws:kms:dsse"}},
      {"BucketKeyEnabled", {"true", "false"}},
      {"EncryptionType", {"NONE", "SSE-C"}},
      {"Permission", {"READ", "WRITE", "FULL_CONTROL"}},
      {"URI",
       {"http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/s3/LogDelivery"}},
      {"AllowedOrigin", {"*", "https://ledger.example"}},
      {"AllowedMethod", {"GET", "PUT", "HEAD"}},
      {"AccessTier", {"ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"}},
      {"Payer", {"BucketOwner", "Requester"}},
      {"TargetBucket", {"logs", "other-logs"}},
      {"Frequency", {"Daily", "Weekly"}},
  };
  const auto found = words.find(name);
  return found == words.end() ? nullptr : &found->second;
}

bool may_repeat(const std::string& name) {
  static const std::set<std::string> names = {"Rule",          "Tag",         "Grant",      "CORSRule",
                                              "AllowedMethod", "RoutingRule", "Transition", "AllowedOrigin",
                                              "Tiering",       "Event",       "Field",      "EncryptionType"};
  return names.contains(name);
}

void change(Random& random, XmlElement& element) {
  if (const auto* words = words_for(element.name)) element.text = (*words)[below(random, words->size())];
  std::vector<XmlElement> children;
  for (XmlElement& child : element.children) {
    const bool is_named = child.name == "Id" || child.name == "Owner" || child.name == "ID";
    if (!is_named && below(random, 12) == 0) continue;
    const bool twice = may_repeat(child.name) && below(random, 8) == 0;
    change(random, child);
    if (twice) children.push_back(child);
    children.push_back(std::move(child));
  }
  element.children = std::move(children);
}

// The same document as somebody else would write it. Where the order counts, or only the first of several is read, it stays.
void write_otherwise(Random& random, XmlElement& element) {
  for (XmlElement& child : element.children) write_otherwise(random, child);
  static const std::set<std::string> in_order = {"CORSRule", "RoutingRule"};
  const bool ordered = std::ranges::any_of(
      element.children, [&](const XmlElement& child) { return in_order.contains(child.name); });
  const bool first_counts = element.name != "LifecycleConfiguration" && element.all("Rule").size() > 1;
  if (!ordered && !first_counts) std::ranges::shuffle(element.children, random);
}

std::string with_blanks(const XmlElement& element) {
  std::string text = "<x:" + element.name + " xmlns:x=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  if (element.children.empty()) {
    std::string escaped = element_text({"t", element.text, {}});
    return text + escaped.substr(3, escaped.size() - 7) + "</x:" + element.name + ">";
  }
  for (const XmlElement& child : element.children) text += "\n  " + with_blanks(child);
  return text + "\n</x:" + element.name + ">";
}

struct Sample {
  XmlElement tree;
  SettingDocument normal;
};

// Documents of the kind that are in order, and "not set".
std::vector<Sample> samples_of(Random& random, const Setting& row, int count) {
  const std::string text = test::fixture(S3DR_TEST_DATA, row.kind);
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) {
    XmlElement tree = read_any_element(text);
    change(random, tree);
    try {
      SettingDocument normal = row.normal_form(element_text(tree));
      samples.push_back({std::move(tree), std::move(normal)});
    } catch (const Error&) {  // what is left is no document of the kind
    }
  }
  EXPECT_GT(samples.size(), static_cast<std::size_t>(count) / 2) << row.name;
  return samples;
}

// The bucket policy has its own: tests/property/dr_replica_policies.cc.
template <class Check>
void for_each_kind(Check check) {
  for (const Setting& row : settings()) {
    if (row.kind == s3::SettingKind::policy) continue;
    SCOPED_TRACE(std::string(row.name) + ", S3DR_SEED=" + std::to_string(seed()));
    Random random(seed());
    check(row, random);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(SettingProperties, a_normal_form_stays_as_it_is_and_does_not_depend_on_who_wrote) {
  for_each_kind([](const Setting& row, Random& random) {
    for (Sample& sample : samples_of(random, row, 200)) {
      if (sample.normal) ASSERT_EQ(row.normal_form(*sample.normal), sample.normal) << *sample.normal;
      write_otherwise(random, sample.tree);
      ASSERT_EQ(row.normal_form(with_blanks(sample.tree)), sample.normal) << with_blanks(sample.tree);
    }
  });
}

TEST(SettingProperties, stricter_one_way_is_weaker_the_other_way_and_equal_is_the_same_text) {
  std::map<Strictness, int> seen;
  for_each_kind([&](const Setting& row, Random& random) {
    const std::vector<Sample> samples = samples_of(random, row, 60);
    for (const Sample& a : samples) {
      for (const Sample& b : samples) {
        const Strictness there = row.compare(a.normal, b.normal), back = row.compare(b.normal, a.normal);
        SCOPED_TRACE(a.normal.value_or("not set") + "\n" + b.normal.value_or("not set"));
        ASSERT_EQ(there == equal, a.normal == b.normal);
        if (there == stricter) ASSERT_EQ(back, weaker);
        if (there == neutral) ASSERT_EQ(back, neutral);
        ++seen[there];
      }
    }
  });
  for (const Strictness one : {equal, stricter, neutral, weaker}) EXPECT_GT(seen[one], 100);
}

// Whoever goes from a to b to c without anything weaker has not become weaker: no attack in small steps.
TEST(SettingProperties, two_steps_that_are_not_weaker_make_none_that_is) {
  for_each_kind([](const Setting& row, Random& random) {
    const std::vector<Sample> samples = samples_of(random, row, 25);
    for (const Sample& a : samples) {
      for (const Sample& b : samples) {
        if (row.compare(a.normal, b.normal) == weaker) continue;
        for (const Sample& c : samples) {
          if (row.compare(b.normal, c.normal) == weaker) continue;
          ASSERT_NE(row.compare(a.normal, c.normal), weaker) << a.normal.value_or("not set") << "\n"
                                                             << b.normal.value_or("not set") << "\n"
                                                             << c.normal.value_or("not set");
        }
      }
    }
  });
}

TEST(SettingProperties, what_the_replica_gets_is_in_normal_form_and_its_own_counterpart) {
  test::BucketPair pair = test::same_everywhere();
  pair.replica_owner = test::owner_of_source;
  for_each_kind([&](const Setting& row, Random& random) {
    for (const Sample& sample : samples_of(random, row, 200)) {
      const SettingDocument once = row.transform(pair.context(), sample.normal).document;
      if (once) ASSERT_EQ(row.normal_form(*once), once) << *once;
      ASSERT_EQ(row.transform(pair.context(), once).document, once) << once.value_or("not set");
      EXPECT_FALSE(row.summary(sample.normal).empty());
    }
  });
}

}  // namespace
}  // namespace s3dr::dr
