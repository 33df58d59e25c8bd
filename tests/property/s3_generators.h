// Random S3 values for the properties of this folder. Keys are odd on purpose: they are what listings break
// on.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "s3/object_version.h"
#include "s3/tag.h"

namespace s3dr::s3::random {

// Any bytes at all, weighted towards the pieces that have broken S3 tools: 1 to 1024 of them.
inline rc::Gen<std::string> key_bytes() {
  return rc::gen::exec([] {
    std::string key;
    const int pieces = *rc::gen::inRange(1, 12);
    for (int i = 0; i < pieces; ++i) {
      key += *rc::gen::oneOf(
          rc::gen::element<std::string>("//", "/", ".", "..", "./", "%", "%2F", "%41", "+", " ", "\"", "'",
                                        "<", "&", ">", "&amp;", "]]>", "<![CDATA[", "\r", "\n", "\t", "?",
                                        "#", "=", "\x7f", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x8C\x8A",
                                        "\xEF\xBF\xBE", "\xEF\xBF\xBF", "\xFF", "\xC3", "\xED\xA0\x80",
                                        std::string(1, '\0')),
          rc::gen::map(rc::gen::arbitrary<unsigned char>(),
                       [](unsigned char byte) { return std::string(1, static_cast<char>(byte)); }),
          rc::gen::nonEmpty(rc::gen::string<std::string>()));
    }
    if (*rc::gen::inRange(0, 20) == 0) key.resize(1'024, '\xC3');
    if (key.size() > 1'024) key.resize(1'024);
    return key;
  });
}

inline rc::Gen<ObjectKey> key() {
  return rc::gen::map(key_bytes(), [](std::string bytes) { return ObjectKey(std::move(bytes)); });
}

// Any text that may be empty.
inline rc::Gen<std::string> text() {
  return rc::gen::oneOf(rc::gen::just(std::string()), key_bytes());
}

// Letters only: tokens, ids, names that the codecs trim or compare.
inline rc::Gen<std::string> word() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', '{')));
}

inline rc::Gen<std::string> word_or_nothing() {
  return rc::gen::container<std::string>(rc::gen::inRange('a', '{'));
}

inline rc::Gen<Instant> instant() {
  // 1970 to 2100, to the millisecond
  return rc::gen::map(rc::gen::inRange<std::int64_t>(0, 4'102'444'800'000),
                      [](std::int64_t count) { return Instant(milliseconds(count)); });
}

inline rc::Gen<std::uint64_t> size() {
  return rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 1'000), rc::gen::arbitrary<std::uint64_t>());
}

inline rc::Gen<Checksums> checksums() {
  return rc::gen::exec([] {
    Checksums result;
    for (const char* algorithm : {"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"}) {
      if (*rc::gen::arbitrary<bool>()) result[algorithm] = *word();
    }
    return result;
  });
}

inline rc::Gen<TagSet> tags() {
  return rc::gen::exec([] {
    TagSet result;
    const int count = *rc::gen::inRange(0, 5);
    for (int i = 0; i < count; ++i) result.push_back({std::to_string(i) + *text(), *text()});
    return result;
  });
}

inline rc::Gen<ObjectVersion> version() {
  return rc::gen::exec([] {
    ObjectVersion result;
    result.key = *key();
    result.version_id = VersionId(*rc::gen::oneOf(word(), rc::gen::just(std::string("null"))));
    result.is_latest = *rc::gen::arbitrary<bool>();
    result.is_delete_marker = *rc::gen::arbitrary<bool>();
    result.last_modified = *instant();
    if (result.is_delete_marker) return result;
    result.etag = *word_or_nothing();
    result.size = *size();
    result.storage_class = *word_or_nothing();
    result.checksum_algorithms = *rc::gen::container<std::vector<std::string>>(word());
    result.checksum_type = *rc::gen::element<std::string>("", "FULL_OBJECT", "COMPOSITE");
    return result;
  });
}

}  // namespace s3dr::s3::random
