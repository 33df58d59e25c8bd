// Strict reading of JSON objects. Every field is asked for by name and type. refuse_unknown() then refuses
// fields that nobody asked for.
// For documents that only we write. Errors have the kind that the document's reader promises. What others write
// is read by aws/json_path.h.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"

namespace s3dr::aws {

// A time that may be missing, as it is written: null without one.
inline boost::json::value optional_instant(const std::optional<Instant>& time) {
  return time ? boost::json::value(to_iso8601(*time)) : boost::json::value();
}

// An object of ours with the fields of a newer program that JsonFields::unknown kept. A field of ours wins.
inline boost::json::object with_unknown(boost::json::object object, const std::string& unknown) {
  if (unknown.empty()) return object;
  const boost::json::value kept = boost::json::parse(unknown);
  for (const auto& field : kept.as_object()) object.insert(field);
  return object;
}

// The text of such a document. `where` names it in errors. Raises corrupt for one that is too long or no JSON.
inline boost::json::value parse_document(std::string_view text, const std::string& where,
                                         std::size_t bytes_max) {
  if (text.size() > bytes_max) throw Error(ErrorKind::corrupt, where + ": too long");
  boost::json::error_code failure;
  boost::json::value value = boost::json::parse(text, failure);
  if (failure) throw Error(ErrorKind::corrupt, where + ": not JSON: " + failure.message());
  return value;
}

class JsonFields {
 public:
  // `where` names the object in errors: "record", "record.rule".
  JsonFields(const boost::json::value& value, std::string where, ErrorKind kind)
      : where_(std::move(where)), kind_(kind) {
    object_ = value.if_object();
    if (object_ == nullptr) fail("not an object");
  }

  const boost::json::value& any(std::string_view name) {
    const boost::json::value* value = find(name);
    if (value == nullptr) fail("field " + std::string(name) + " is missing");
    return *value;
  }
  // nullptr when the field is missing or null.
  const boost::json::value* optional(std::string_view name) {
    const boost::json::value* value = find(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  std::string text(std::string_view name) {
    const boost::json::string* value = any(name).if_string();
    if (value == nullptr) fail("field " + std::string(name) + " is not a text");
    return std::string(*value);
  }
  std::int64_t integer(std::string_view name) {
    const boost::json::value& value = any(name);
    if (!value.is_int64()) fail("field " + std::string(name) + " is not a whole number");
    return value.get_int64();
  }
  // At least `lowest`.
  std::int64_t integer_from(std::string_view name, std::int64_t lowest) {
    const std::int64_t value = integer(name);
    if (value < lowest) fail("field " + std::string(name) + " is out of range");
    return value;
  }
  std::uint64_t count(std::string_view name) { return static_cast<std::uint64_t>(integer_from(name, 0)); }
  bool boolean(std::string_view name) {
    const bool* value = any(name).if_bool();
    if (value == nullptr) fail("field " + std::string(name) + " is not true or false");
    return *value;
  }
  // nullopt when the field is missing or null.
  std::optional<Instant> optional_instant(std::string_view name) {
    if (optional(name) == nullptr) return std::nullopt;
    return instant(name);
  }
  Instant instant(std::string_view name) {
    const auto value = from_iso8601(text(name));
    if (!value) fail("field " + std::string(name) + " is not a time");
    return *value;
  }
  const boost::json::array& array(std::string_view name) {
    const boost::json::array* value = any(name).if_array();
    if (value == nullptr) fail("field " + std::string(name) + " is not a list");
    return *value;
  }
  JsonFields object(std::string_view name) {
    return JsonFields(any(name), where_ + "." + std::string(name), kind_);
  }
  // The document's `format`. Raises unsupported for one that is newer than `known`: what is not understood is left alone.
  void require_known_format(std::int64_t known) {
    const std::int64_t format = integer_from("format", 1);
    if (format <= known) return;
    throw Error(ErrorKind::unsupported, where_ + ": written by a newer version (format " +
                                            std::to_string(format) + "); update this program");
  }
  // An enumeration or a name: `parse` gives an optional.
  template <class Parse>
  auto parsed(std::string_view name, Parse parse) {
    auto value = parse(text(name));
    if (!value) fail("field " + std::string(name) + " has an unknown value");
    return *value;
  }
  // A type with a parse() of its own that raises invalid.
  template <class T>
  T named(std::string_view name) {
    const std::string value = text(name);
    try {
      return T::parse(value);
    } catch (const Error& error) {
      fail("field " + std::string(name) + ": " + error.message());
    }
  }

  // The fields that were not asked for, as a JSON object; empty: there are none.
  std::string unknown() const {
    boost::json::object left;
    for (const auto& field : *object_) {
      if (!asked_.contains(std::string(field.key()))) left.insert(field);
    }
    return left.empty() ? std::string() : boost::json::serialize(left);
  }
  void refuse_unknown() const {
    for (const auto& field : *object_) {
      if (!asked_.contains(std::string(field.key()))) fail("unknown field " + std::string(field.key()));
    }
  }
  [[noreturn]] void fail(const std::string& what) const { throw Error(kind_, where_ + ": " + what); }

 private:
  const boost::json::value* find(std::string_view name) {
    asked_.insert(std::string(name));
    return object_->if_contains(name);
  }

  const boost::json::object* object_ = nullptr;
  std::string where_;
  ErrorKind kind_;
  std::set<std::string> asked_;
};

}  // namespace s3dr::aws
