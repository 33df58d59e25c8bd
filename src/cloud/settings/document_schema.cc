#include "cloud/settings/document_schema.h"

#include <algorithm>
#include <vector>

#include "aws/xml.h"
#include "base/http_message.h"
#include "cloud/store/context.h"

namespace s3dr::cloud {
namespace {

namespace xml = aws::xml;

constexpr std::size_t digits_max = 9;

class NormalForm {
 public:
  explicit NormalForm(const std::function<std::string()>& new_id) : new_id_(new_id) {}

  void append_inside(std::string& out, pugi::xml_node element, const Part& part) {
    switch (part.content) {
      case Content::parts:
      case Content::one_of:
        return append_parts(out, element, part);
      case Content::grantee:
        return append_grantee(out, element);
      default:
        return xml::append_escaped(out, leaf_text(element, part));
    }
  }

 private:
  void append_parts(std::string& out, pugi::xml_node element, const Part& part) {
    int count = 0;
    xml::for_each_element(element, [&](pugi::xml_node, std::string_view name) {
      if (std::ranges::find(part.inside, name, &Part::name) == part.inside.end()) refuse_document();
      ++count;
    });
    if (part.content == Content::one_of && count != 1) refuse_document();
    if (!xml::trimmed_text(element).empty()) refuse_document();
    for (const Part& child : part.inside) append_all(out, element, child);
  }

  void append_all(std::string& out, pugi::xml_node element, const Part& child) {
    int count = 0;
    xml::for_each_element(element, [&](pugi::xml_node item, std::string_view name) {
      if (name != child.name) return;
      ++count;
      append_element(out, item, child);
    });
    if (count < child.at_least || count > child.at_most) refuse_document();
    if (count > 0) return;
    if (child.content == Content::given_id) {
      out += "<" + std::string(child.name) + ">" + new_id_() + "</" + std::string(child.name) + ">";
    } else if (!child.otherwise.empty()) {
      out += "<" + std::string(child.name) + ">" + std::string(child.otherwise) + "</" +
             std::string(child.name) + ">";
    }
  }

  void append_element(std::string& out, pugi::xml_node item, const Part& child) {
    if (child.content == Content::grantee) return append_grantee(out, item);
    std::string inside;
    append_inside(inside, item, child);
    const std::string name(child.name);
    out += inside.empty() ? "<" + name + "/>" : "<" + name + ">" + inside + "</" + name + ">";
  }

  std::string leaf_text(pugi::xml_node element, const Part& part) {
    bool has_children = false;
    xml::for_each_element(element, [&](pugi::xml_node, std::string_view) { has_children = true; });
    if (has_children) refuse_document();
    switch (part.content) {
      case Content::boolean:
        return checked_word(lower_case(xml::trimmed_text(element)), "true false", false);
      case Content::whole_number:
        return checked_number(xml::trimmed_text(element));
      case Content::word:
        return checked_word(xml::trimmed_text(element), part.words, false);
      case Content::word_any_case:
        return checked_word(xml::trimmed_text(element), part.words, true);
      case Content::given_id: {
        std::string id = xml::text(element);
        return id.empty() ? new_id_() : id;
      }
      default:
        return xml::text(element);
    }
  }

  static std::string checked_number(const std::string& text) {
    const std::string_view digits = text.starts_with('-') ? std::string_view(text).substr(1) : text;
    const bool all_digits = std::ranges::all_of(
        digits, [](const char character) { return character >= '0' && character <= '9'; });
    if (digits.empty() || digits.size() > digits_max || !all_digits) refuse_document();
    return text;
  }

  // The word as the table has it.
  static std::string checked_word(const std::string& text, std::string_view words, bool any_case) {
    while (!words.empty()) {
      const std::size_t end = std::min(words.find(' '), words.size());
      const std::string_view word = words.substr(0, end);
      if (word == text || (any_case && equals_ignoring_case(word, text))) return std::string(word);
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    refuse_document();
  }

  static void append_grantee(std::string& out, pugi::xml_node element) {
    std::string type;
    for (const pugi::xml_attribute attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      if (name == "type" || name.ends_with(":type")) type = attribute.value();
    }
    std::string_view field;
    if (type == "CanonicalUser") field = "ID";
    if (type == "Group") field = "URI";
    if (type == "AmazonCustomerByEmail") field = "EmailAddress";
    if (field.empty() || xml::child_text(element, field).empty()) refuse_document();
    out += R"(<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type=")" + type + "\"><" +
           std::string(field) + ">";
    xml::append_escaped(out, xml::child_text(element, field));
    out += "</" + std::string(field) + "></Grantee>";
  }

  const std::function<std::string()>& new_id_;
};

}  // namespace

std::string normal_form(pugi::xml_node element, const Part& part,
                        const std::function<std::string()>& new_id) {
  std::string out;
  NormalForm(new_id).append_inside(out, element, part);
  return out;
}

std::string whole_document(std::string_view root, std::string_view inside) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + std::string(root) + " xmlns=\"" +
         std::string(xml::s3_namespace) + "\">" + std::string(inside) + "</" + std::string(root) + ">";
}

void refuse_document() {
  throw refuse("MalformedXML",
               "The XML you provided was not well-formed or did not validate against our published schema");
}

}  // namespace s3dr::cloud
