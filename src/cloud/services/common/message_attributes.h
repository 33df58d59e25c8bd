// The typed attributes of a message, which SQS and SNS share:
// how they are checked, kept in a table and hashed.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace s3dr::services {

struct MessageAttribute {
  std::string type;   // "String", "Number", "Binary", each with an optional ".label"
  std::string value;  // raw bytes where it is binary
  bool operator==(const MessageAttribute&) const = default;
  bool is_binary() const { return type.starts_with("Binary"); }
};
using MessageAttributes = std::map<std::string, MessageAttribute>;

// Why AWS would refuse the attribute, as a sentence; nullopt: it is accepted.
std::optional<std::string> why_refused(const std::string& name, const MessageAttribute& attribute);
std::size_t size_of(const MessageAttributes& attributes);  // bytes that count towards the message's size

// The form of the column `sqs_message.attributes`: name → text for a String, else name → {"DataType",
// "Value"} with a binary value in base64.
std::string to_attributes_column(const MessageAttributes& attributes);
MessageAttributes from_attributes_column(std::string_view text);

// SQS's MD5OfMessageAttributes: over names, types and values with their lengths, in order of name.
std::string md5_of(const MessageAttributes& attributes);

}  // namespace s3dr::services
