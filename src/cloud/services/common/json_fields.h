// Reads the fields of a request's JSON object and checks their types, for every service.
// Each AWS service has its own error codes and sentences: FieldWords holds them and is an argument.
// Not here: tags (json_tags.h), pages of a list (json_pages.h), the protocol (json_protocol.h).
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/services/common/query_protocol.h"

namespace s3dr::services {

// How one service refuses a field. `{name}` is the field, `{wanted}` what it had to be.
struct FieldWords {
  std::string_view wrong_code = "ValidationException";
  std::string_view wrong = "{name} must be {wanted}.";
  std::string_view missing_code = "ValidationException";
  std::string_view missing = "{name} is required.";

  // What the service calls the types.
  std::string_view list = "a list";
  std::string_view texts = "a list of texts";
  std::string_view structure = "a structure";
  std::string_view structures = "a list of structures";
  std::string_view map = "a map of strings";

  // The request may have been a form, which has only texts: a text may stand for a number, a boolean or a time,
  // and an empty text for an empty list.
  bool reads_forms = false;
  // An empty list, structure or text asks for nothing: refuse_other_fields lets it pass, as it lets null pass.
  bool empty_is_absent = false;
};
inline constexpr FieldWords validation_words;

// The errors themselves, for callers that check more than the type. Status 400.
ServiceError wrong_field(std::string_view name, std::string_view wanted, const FieldWords& words);
ServiceError missing_field(std::string_view name, const FieldWords& words);
[[noreturn]] void refuse_value(const std::string& message);  // ValidationException, 400
ServiceError not_supported(
    const std::string& what);  // UnsupportedOperationException, 501, "… is not supported yet."
[[noreturn]] void refuse_unsupported(const std::string& what);  // throws not_supported

// nullopt: absent or null. A wrong type is a ValidationException in every service: the protocol refuses it, not
// the service.
std::optional<std::string> optional_text(const boost::json::object& object, std::string_view name);
// Refuses an absent or empty text as missing.
std::string require_text(const boost::json::object& object, std::string_view name,
                         const FieldWords& words = validation_words);

// Absent or null is nullopt. `reads_forms`: a number without a fraction, in the service's words.
std::optional<std::int64_t> optional_integer(const boost::json::object& object, std::string_view name,
                                             const FieldWords& words = validation_words);
std::optional<double> optional_number(const boost::json::object& object, std::string_view name,
                                      const FieldWords& words = validation_words);
std::optional<bool> optional_boolean(const boost::json::object& object, std::string_view name,
                                     const FieldWords& words = validation_words);
// Seconds since the epoch, as JSON 1.1 has it; `reads_forms`: also ISO 8601.
std::optional<Instant> optional_instant(const boost::json::object& object, std::string_view name,
                                        const FieldWords& words = validation_words);
// The finite number that a value is; `reads_forms`: or that its text says. nullopt: none.
std::optional<double> number_of(const boost::json::value& value, const FieldWords& words = validation_words);

// Absent or null is nullptr.
const boost::json::array* optional_array(const boost::json::object& object, std::string_view name,
                                         const FieldWords& words = validation_words);
const boost::json::object* optional_object(const boost::json::object& object, std::string_view name,
                                           const FieldWords& words = validation_words);
// Absent or null is empty.
const boost::json::array& array_or_empty(const boost::json::object& object, std::string_view name,
                                         const FieldWords& words = validation_words);
std::vector<std::string> text_list(const boost::json::object& object, std::string_view name,
                                   const FieldWords& words = validation_words);
std::map<std::string, std::string> text_map(const boost::json::object& object, std::string_view name,
                                            const FieldWords& words = validation_words);
// An element of the list `name`, which must be a structure.
const boost::json::object& as_structure(const boost::json::value& element, std::string_view name,
                                        const FieldWords& words = validation_words);

// Refuses with 501 a field that is not in `known`: no field may be ignored silently. Null counts as absent.
// The message is "The field X of `of_what` is not supported yet."
void refuse_other_fields(const boost::json::object& object, std::initializer_list<std::string_view> known,
                         const std::string& of_what);
// The same in the words of services that quote: "The field "X" is not supported yet."
void refuse_other_fields(const boost::json::object& object, std::initializer_list<std::string_view> known,
                         const FieldWords& words);
// The first such field; nullopt: there is none.
std::optional<std::string> other_field(const boost::json::object& object,
                                       std::initializer_list<std::string_view> known,
                                       const FieldWords& words = validation_words);
// Null, "", [] or {}.
bool is_empty_value(const boost::json::value& value);

// Parses a JSON object. nullopt: the text is not one, or it is nested deeper than `depth_max`.
std::optional<boost::json::object> parsed_object(std::string_view text, std::size_t depth_max = 32);
// Parses JSON from the database, which this program wrote itself. Raises corrupt if it is not an object.
boost::json::object stored_object(const std::string& text);
// The text of a field; "" if it is absent or not a text.
std::string text_or_empty(const boost::json::object& object, std::string_view name);

double epoch_seconds(Instant instant);  // how JSON 1.1 writes times

}  // namespace s3dr::services
