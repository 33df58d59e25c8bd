// Round trips of the listings: whatever the keys, what was written is what is read.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "property/s3_generators.h"
#include "s3/xml_object.h"

namespace s3dr::s3 {
namespace {

ListingFrame any_frame() {
  return {*random::word(), *random::text(), *rc::gen::element<std::string>("", "/", "//", " "),
          *rc::gen::inRange(1, 1'001), *rc::gen::arbitrary<bool>()};
}

std::vector<std::string> any_prefixes() {
  return *rc::gen::scale(0.1, rc::gen::container<std::vector<std::string>>(random::text()));
}

TEST(S3ListingProperty, Versions) {
  EXPECT_TRUE(rc::check("parse_list_versions_result(write_list_versions_result(x)) == x", [] {
    VersionPage page;
    page.versions = *rc::gen::scale(0.2, rc::gen::container<std::vector<ObjectVersion>>(random::version()));
    page.common_prefixes = any_prefixes();
    page.is_truncated = *rc::gen::arbitrary<bool>();
    if (page.is_truncated) {
      page.next_key_marker = *random::key();
      page.next_version_id_marker = VersionId(*random::word_or_nothing());
    }
    const VersionPage read = parse_list_versions_result(
        write_list_versions_result(any_frame(), *random::key(), VersionId(*random::word_or_nothing()), page,
                                   *random::word_or_nothing()));
    RC_ASSERT(read.versions == page.versions);
    RC_ASSERT(read.common_prefixes == page.common_prefixes);
    RC_ASSERT(read.is_truncated == page.is_truncated);
    RC_ASSERT(read.next_key_marker == page.next_key_marker);
    RC_ASSERT(read.next_version_id_marker == page.next_version_id_marker);
  }));
}

TEST(S3ListingProperty, ObjectsV2) {
  EXPECT_TRUE(rc::check("parse_list_objects_v2_result(write_list_objects_v2_result(x)) == x", [] {
    ObjectPage page;
    const int count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i) {
      page.objects.push_back({*random::key(),
                              *random::instant(),
                              *random::word_or_nothing(),
                              *random::size(),
                              *random::word_or_nothing(),
                              {"CRC32C"},
                              *random::word_or_nothing()});
    }
    page.common_prefixes = any_prefixes();
    page.is_truncated = *rc::gen::arbitrary<bool>();
    if (page.is_truncated) page.next = *random::key_bytes();
    RC_ASSERT(parse_list_objects_v2_result(write_list_objects_v2_result(
                  any_frame(), *random::text(), *random::text(), page, *random::word_or_nothing())) == page);
  }));
}

TEST(S3ListingProperty, Uploads) {
  EXPECT_TRUE(rc::check("parse_list_uploads_result(write_list_uploads_result(x)) == x", [] {
    UploadPage page;
    const int count = *rc::gen::inRange(0, 8);
    for (int i = 0; i < count; ++i)
      page.uploads.push_back({*random::key(), *random::word(), *random::instant()});
    page.common_prefixes = any_prefixes();
    page.is_truncated = *rc::gen::arbitrary<bool>();
    if (page.is_truncated) {
      page.next_key_marker = *random::key();
      page.next_upload_id_marker = *random::word_or_nothing();
    }
    RC_ASSERT(parse_list_uploads_result(write_list_uploads_result(any_frame(), *random::key(),
                                                                  *random::word_or_nothing(), page,
                                                                  *random::word_or_nothing())) == page);
  }));
}

TEST(S3ListingProperty, UrlEncodingLeavesOnlyPlainBytes) {
  EXPECT_TRUE(rc::check("an encoded listing is printable ASCII", [] {
    ListingFrame frame = any_frame();
    frame.url_encoding = true;
    VersionPage page;
    page.versions = {*random::version()};
    for (const char c : write_list_versions_result(frame, *random::key(), {}, page, "o")) {
      RC_ASSERT(((c >= 0x20 && c < 0x7F) || c == '\n'));
    }
  }));
}

}  // namespace
}  // namespace s3dr::s3
