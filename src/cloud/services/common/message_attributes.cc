#include "cloud/services/common/message_attributes.h"

#include <algorithm>

#include "aws/hash.h"
#include "base/encoding.h"
#include "base/error.h"
#include "cloud/services/common/texts.h"

namespace s3dr::services {
namespace json = boost::json;
namespace {

constexpr std::size_t name_bytes_max = 256;

bool name_allowed(const std::string& name) {
  return !name.empty() && name.size() <= name_bytes_max && has_only(name, "_-.") && name.front() != '.' &&
         name.back() != '.' && name.find("..") == std::string::npos && !name.starts_with("AWS.") &&
         !name.starts_with("Amazon.");
}

bool is_number(const std::string& text) {
  std::size_t digits = 0, dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (c == '.') {
      ++dots;
    } else if ((c == 'e' || c == 'E') && digits > 0 && i + 1 < text.size()) {
      return dots <= 1 &&
             text.find_first_not_of("0123456789", i + 1 + (text[i + 1] == '-' || text[i + 1] == '+')) ==
                 std::string::npos;
    } else if (!(i == 0 && (c == '-' || c == '+'))) {
      return false;
    }
  }
  return digits > 0 && dots <= 1;
}

void append_with_length(std::string& out, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>((size >> shift) & 0xff);
  out += bytes;
}

}  // namespace

std::optional<std::string> why_refused(const std::string& name, const MessageAttribute& attribute) {
  if (!name_allowed(name)) return "Message attribute name \"" + name + "\" is not allowed.";
  const std::string base = attribute.type.substr(0, attribute.type.find('.'));
  if (base != "String" && base != "Number" && base != "Binary") {
    return "The message attribute \"" + name +
           "\" has an invalid message attribute type; it must be String, Number or Binary.";
  }
  if (attribute.value.empty())
    return "The message attribute \"" + name + "\" must contain a non-empty value.";
  if (base == "Number" && !is_number(attribute.value))
    return "Could not cast message attribute \"" + name + "\" value to number.";
  return std::nullopt;
}

std::size_t size_of(const MessageAttributes& attributes) {
  std::size_t size = 0;
  for (const auto& [name, attribute] : attributes)
    size += name.size() + attribute.type.size() + attribute.value.size();
  return size;
}

std::string to_attributes_column(const MessageAttributes& attributes) {
  json::object object;
  for (const auto& [name, attribute] : attributes) {
    if (attribute.type == "String") {
      object[name] = attribute.value;
    } else {
      object[name] =
          json::object{{"DataType", attribute.type},
                       {"Value", attribute.is_binary() ? to_base64(attribute.value) : attribute.value}};
    }
  }
  return json::serialize(object);
}

MessageAttributes from_attributes_column(std::string_view text) {
  MessageAttributes attributes;
  try {
    const json::value parsed = json::parse(text);
    for (const auto& [name, value] : parsed.as_object()) {
      MessageAttribute& attribute = attributes[std::string(name)];
      attribute.type = "String";
      if (value.is_string()) {
        attribute.value = std::string(value.get_string());
        continue;
      }
      attribute.type = std::string(value.as_object().at("DataType").as_string());
      attribute.value = std::string(value.as_object().at("Value").as_string());
      if (attribute.is_binary()) attribute.value = from_base64(attribute.value).value();
    }
  } catch (const std::exception&) {
    throw Error(ErrorKind::corrupt, "the attributes of a message cannot be read");
  }
  return attributes;
}

std::string md5_of(const MessageAttributes& attributes) {
  std::string text;
  for (const auto& [name, attribute] : attributes) {
    append_with_length(text, name);
    append_with_length(text, attribute.type);
    text += attribute.is_binary() ? '\2' : '\1';
    append_with_length(text, attribute.value);
  }
  return to_hex(aws::md5(text));
}

}  // namespace s3dr::services
