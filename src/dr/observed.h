// What was seen of one thing in the world, and how surely.
// The rule of the project (docs/architecture.md, The flow): an action is planned only if everything
// it depends on was observed as `value` or `absent`. A missing answer is never a "no".
// Filled by functions/observe.h. Read by dr/plan.h and by `s3dr plan`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"

namespace s3dr::dr {

enum class Sight {
  value,         // seen
  absent,        // the store said that there is none (NoSuchTagSet, 404 on a bucket name, NoSuchKey)
  unsupported,   // the store does not offer it (501)
  not_observed,  // not asked: not needed, or an earlier answer made the question pointless
  failed,        // asked, no usable answer: denied, throttled, unreachable, unreadable
};
std::string_view to_string(Sight sight);

template <class T>
class Observed {
 public:
  Observed() = default;  // not_observed
  static Observed of(T value, Instant at) { return Observed(Sight::value, std::move(value), at); }
  static Observed absent(Instant at) { return Observed(Sight::absent, std::nullopt, at); }
  static Observed unsupported(std::string text, Instant at) {
    Observed result(Sight::unsupported, std::nullopt, at);
    result.text_ = std::move(text);
    return result;
  }
  static Observed not_observed(std::string why, Instant at) {
    Observed result(Sight::not_observed, std::nullopt, at);
    result.text_ = std::move(why);
    return result;
  }
  static Observed failed(ErrorKind kind, std::string text, Instant at) {
    Observed result(Sight::failed, std::nullopt, at);
    result.kind_ = kind;
    result.text_ = std::move(text);
    return result;
  }

  Sight sight() const { return sight_; }
  bool has_value() const { return sight_ == Sight::value; }
  bool is_absent() const { return sight_ == Sight::absent; }
  bool is_unsupported() const { return sight_ == Sight::unsupported; }
  bool is_failed() const { return sight_ == Sight::failed; }
  // Known: a value or a certain absence. Something may be concluded from it.
  bool is_known() const { return has_value() || is_absent(); }

  const T& value() const {
    S3DR_CHECK(value_.has_value());
    return *value_;
  }
  const T* get() const { return value_ ? &*value_ : nullptr; }
  ErrorKind kind() const { return kind_; }           // of a failure
  const std::string& text() const { return text_; }  // why it failed, or was not asked
  Instant at() const { return at_; }

 private:
  Observed(Sight sight, std::optional<T> value, Instant at)
      : sight_(sight), value_(std::move(value)), at_(at) {}

  Sight sight_ = Sight::not_observed;
  std::optional<T> value_;
  ErrorKind kind_ = ErrorKind::unavailable;
  std::string text_;
  Instant at_{};
};

// A failure that may pass by itself: look again soon. All other failures need a person.
bool is_transient(ErrorKind kind);

}  // namespace s3dr::dr
