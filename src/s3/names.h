// The names of S3, each with a type of its own, so that two of them cannot be swapped. Parsing refuses what
// S3 refuses. A bucket's name has two rules: one for a bucket that exists, one for a bucket that is to be made.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace s3dr::s3 {

// The name of a bucket that exists, or that is to be made. Older buckets have names that S3 would not create
// any more (docs/protocol.md, Buckets).
class BucketName {
 public:
  BucketName() = default;  // empty: "no bucket"
  // A bucket that exists: what a store, an event, a record or a person names. 3–255 of [A-Za-z0-9._-], beginning
  // with a letter, a digit or '_', and not the name of something else (an IPv4 address, an access point's alias).
  // Raises invalid (InvalidBucketName).
  static BucketName parse(std::string_view text);
  static std::optional<std::string> why_impossible(std::string_view text);  // nullopt: may exist
  // A bucket that we make in the global namespace: 3–63 of [a-z0-9.-] and the further rules of today. Raises
  // invalid (InvalidBucketName).
  static BucketName parse_new(std::string_view text);
  static std::optional<std::string> why_not_new(std::string_view text);  // nullopt: may be made
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

// "-<account>-<region>-an": the ending of names in the account-regional namespace. Nobody but that account can
// make a bucket with such a name, and only in that region.
std::string account_regional_ending(const AccountId& account, const Region& region);
// Why no bucket of this name can be made in that namespace; nullopt: it can be.
std::optional<std::string> why_not_new_account_regional(std::string_view name, const AccountId& account,
                                                        const Region& region);

std::string bucket_url(const BucketName& bucket);  // "s3://bucket", for messages
// For messages: odd bytes are percent-encoded.
std::string object_url(const BucketName& bucket, const ObjectKey& key);
// Percent-encodes what cannot be printed (controls, invalid UTF-8, '%'). For tables and logs, never for a
// request.
std::string printable(const ObjectKey& key);

}  // namespace s3dr::s3
