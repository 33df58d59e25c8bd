// Typed attributes of a message, as SQS and SNS share them: checked, kept in a table, digested.
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

// Why AWS would refuse it, as a sentence; nullopt: fine.
std::optional<std::string> why_refused(const std::string& name, const MessageAttribute& attribute);
std::size_t size_of(const MessageAttributes& attributes);  // bytes that count towards the message's size

// As `sqs_message.attributes` keeps them: name → text (a String), or → {"DataType", "Value"} with a binary
// value in base64.
std::string to_attributes_column(const MessageAttributes& attributes);
MessageAttributes from_attributes_column(std::string_view text);

// SQS's MD5OfMessageAttributes: over names, types and values with their lengths, in the order of the names.
std::string md5_of(const MessageAttributes& attributes);

}  // namespace s3dr::services
