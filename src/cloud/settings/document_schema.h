// What may stand in a document of S3, as a table; and the document in normal form: the elements in the order of the
// table, without blanks, with what was left out. What no table can say is in setting_checks.h.
#pragma once

#include <functional>
#include <pugixml.hpp>
#include <span>
#include <string>
#include <string_view>

namespace s3dr::cloud {

enum class Content {
  parts,          // elements: any of `inside`
  one_of,         // exactly one element of `inside`
  text,           // any text
  boolean,        // true, false
  whole_number,   // of at most nine digits
  word,           // one of `words`
  word_any_case,  // likewise, in any case of letters
  given_id,       // any text; where it is left out or empty, the store makes one
  grantee,        // of an access control list: its type is an attribute
};

constexpr int any_number = 1'000'000;

struct Part {
  std::string_view name;
  Content content = Content::parts;
  std::span<const Part> inside = {};
  int at_least = 0;
  int at_most = 1;
  std::string_view words = {};      // divided by blanks
  std::string_view otherwise = {};  // XML that stands for a part that was left out
};

// What is inside of the element. Raises MalformedXML for what the table does not have.
// `new_id` makes the id of a part that has none.
std::string normal_form(pugi::xml_node element, const Part& part, const std::function<std::string()>& new_id);

// An element with that name, with the namespace of S3, and with the declaration before it.
std::string whole_document(std::string_view root, std::string_view inside);

// MalformedXML, in S3's words.
[[noreturn]] void refuse_document();

}  // namespace s3dr::cloud
