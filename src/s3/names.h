// The names of S3, each with a type of its own, so that two of them cannot be swapped. Parsing refuses what
// S3 refuses.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace s3dr::s3 {

// 3–63 characters [a-z0-9.-] and the further rules of docs/protocol.md, Buckets (reserved prefixes and
// suffixes, no IPv4 form).
class BucketName {
 public:
  BucketName() = default;                          // empty: "no bucket"; only parse() makes a valid one
  static BucketName parse(std::string_view text);  // raises invalid (InvalidBucketName)
  static std::optional<std::string> why_invalid(std::string_view text);  // nullopt: valid
  // For a name of an existing bucket, as a store reports it. Also accepts the older names that S3 would not
  // create any more (3–255 of [A-Za-z0-9._-]). Raises invalid (InvalidBucketName).
  static BucketName reported(std::string_view text);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const BucketName&) const = default;

 private:
  std::string text_;
};

// Opaque bytes, 1–1024 of them. Order is that of unsigned bytes, which is also the order of S3's listings.
class ObjectKey {
 public:
  ObjectKey() = default;
  explicit ObjectKey(std::string bytes) : bytes_(std::move(bytes)) {}
  const std::string& bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  bool operator==(const ObjectKey&) const = default;
  std::strong_ordering operator<=>(const ObjectKey& other) const {
    return bytes_.compare(other.bytes_) <=> 0;
  }

 private:
  std::string bytes_;
};

// Opaque; "null" is the version written while the bucket was unversioned or suspended.
class VersionId {
 public:
  VersionId() = default;
  explicit VersionId(std::string text) : text_(std::move(text)) {}
  static VersionId null() { return VersionId("null"); }
  const std::string& text() const { return text_; }
  bool is_null() const { return text_ == "null"; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const VersionId&) const = default;

 private:
  std::string text_;
};

// "us-west-2". parse() refuses a text that cannot be a region name ([a-z0-9-], 2–32). It accepts an unknown
// region.
class Region {
 public:
  Region() = default;
  static Region parse(std::string_view text);  // raises invalid
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Region&) const = default;

 private:
  std::string text_;
};

// Twelve digits.
class AccountId {
 public:
  AccountId() = default;
  static AccountId parse(std::string_view text);  // raises invalid
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const AccountId&) const = default;

 private:
  std::string text_;
};

std::string bucket_url(const BucketName& bucket);  // "s3://bucket", for messages
// For messages: odd bytes are percent-encoded.
std::string object_url(const BucketName& bucket, const ObjectKey& key);
// Percent-encodes what cannot be printed (controls, invalid UTF-8, '%'). For tables and logs, never for a
// request.
std::string printable(const ObjectKey& key);

}  // namespace s3dr::s3
