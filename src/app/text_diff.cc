#include "app/text_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace s3dr::app {
namespace {

namespace json = boost::json;

constexpr std::size_t context_lines = 3;
constexpr std::size_t lines_compared_max =
    2'000;  // the table of the comparison has a cell for each pair of lines
constexpr std::size_t indent_by = 2;

std::string indented(std::size_t depth, std::string_view text) {
  return std::string(depth * indent_by, ' ') + std::string(text);
}

void add_json(std::vector<std::string>& lines, const json::value& value, std::size_t depth,
              const std::string& before, const std::string& after) {
  if (const json::object* object = value.if_object(); object != nullptr && !object->empty()) {
    lines.push_back(indented(depth, before + "{"));
    std::size_t left = object->size();
    for (const auto& [key, member] : *object)
      add_json(lines, member, depth + 1, json::serialize(json::value(key)) + ": ", --left > 0 ? "," : "");
    lines.push_back(indented(depth, "}" + after));
  } else if (const json::array* array = value.if_array(); array != nullptr && !array->empty()) {
    lines.push_back(indented(depth, before + "["));
    std::size_t left = array->size();
    for (const json::value& item : *array) add_json(lines, item, depth + 1, "", --left > 0 ? "," : "");
    lines.push_back(indented(depth, "]" + after));
  } else {
    lines.push_back(indented(depth, before + json::serialize(value) + after));
  }
}

// "<Rule>", "</Rule>", "<Rule/>" or the text between two of them.
struct Piece {
  std::string_view text;
  bool opens() const { return is_tag() && !closes() && !text.ends_with("/>") && !text.starts_with("<?"); }
  bool closes() const { return text.starts_with("</"); }
  bool is_tag() const { return text.starts_with('<'); }
};

std::vector<Piece> pieces_of(std::string_view xml) {
  std::vector<Piece> pieces;
  while (!xml.empty()) {
    std::size_t end = xml.front() == '<' ? xml.find('>') : xml.find('<');
    if (end == std::string_view::npos) end = xml.size();
    if (xml.front() == '<' && end < xml.size()) ++end;
    const std::string_view piece = xml.substr(0, end);
    if (piece.find_first_not_of(" \t\r\n") != std::string_view::npos) pieces.push_back({piece});
    xml.remove_prefix(end);
  }
  return pieces;
}

std::vector<std::string> xml_lines(std::string_view xml) {
  std::vector<std::string> lines;
  const std::vector<Piece> pieces = pieces_of(xml);
  std::size_t depth = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool is_leaf =
        i + 2 < pieces.size() && pieces[i].opens() && !pieces[i + 1].is_tag() && pieces[i + 2].closes();
    const bool is_empty = i + 1 < pieces.size() && pieces[i].opens() && pieces[i + 1].closes();
    if (is_leaf || is_empty) {
      const std::size_t last = i + (is_leaf ? 2 : 1);
      std::string line;
      for (; i <= last; ++i) line += pieces[i].text;
      --i;
      lines.push_back(indented(depth, line));
      continue;
    }
    if (pieces[i].closes() && depth > 0) --depth;
    lines.push_back(indented(depth, pieces[i].text));
    if (pieces[i].opens()) ++depth;
  }
  return lines;
}

std::vector<std::string> own_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A line of the result: ' ' both have it, '-' only before, '+' only after.
struct Edit {
  char sign = ' ';
  const std::string* line = nullptr;
};

using Lines = std::vector<std::string>;

// What is between the lines that both begin and end with, by the longest common subsequence.
void compare_middle(const Lines& before, const Lines& after, std::size_t begin, std::size_t before_end,
                    std::size_t after_end, std::vector<Edit>& edits) {
  const std::size_t rows = before_end - begin, columns = after_end - begin;
  const bool too_long = rows > lines_compared_max || columns > lines_compared_max;
  std::vector<std::vector<std::uint16_t>> common;
  if (!too_long) {
    common.assign(rows + 1, std::vector<std::uint16_t>(columns + 1, 0));
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        common[i][j] = before[begin + i] == after[begin + j]
                           ? static_cast<std::uint16_t>(common[i + 1][j + 1] + 1)
                           : std::max(common[i + 1][j], common[i][j + 1]);
      }
    }
  }
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    const bool both = i < rows && j < columns;
    if (both && !too_long && before[begin + i] == after[begin + j]) {
      edits.push_back({' ', &before[begin + i]});
      ++i, ++j;
    } else if (i < rows && (j == columns || too_long || common[i + 1][j] >= common[i][j + 1])) {
      edits.push_back({'-', &before[begin + i++]});
    } else {
      edits.push_back({'+', &after[begin + j++]});
    }
  }
}

std::vector<Edit> edits_between(const Lines& before, const Lines& after) {
  std::size_t begin = 0, before_end = before.size(), after_end = after.size();
  while (begin < before_end && begin < after_end && before[begin] == after[begin]) ++begin;
  while (before_end > begin && after_end > begin && before[before_end - 1] == after[after_end - 1])
    --before_end, --after_end;
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < begin; ++i) edits.push_back({' ', &before[i]});
  compare_middle(before, after, begin, before_end, after_end, edits);
  for (std::size_t i = before_end; i < before.size(); ++i) edits.push_back({' ', &before[i]});
  return edits;
}

// As in `diff -u`: of no lines the number of the line before them.
std::string range(std::size_t first, std::size_t count) {
  if (count == 0) return fmt::format("{},0", first - 1);
  return count == 1 ? std::to_string(first) : fmt::format("{},{}", first, count);
}

}  // namespace

std::vector<std::string> document_lines(std::string_view document) {
  const std::size_t first = document.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  if (document[first] == '<') return xml_lines(document);
  json::error_code failure;
  const json::value value = json::parse(document, failure);
  if (failure) return own_lines(document);
  Lines lines;
  add_json(lines, value, 0, "", "");
  return lines;
}

std::string unified_diff(const Lines& before, const Lines& after, const std::string& name_before,
                         const std::string& name_after) {
  const std::vector<Edit> edits = edits_between(before, after);
  const auto is_change = [](const Edit& edit) { return edit.sign != ' '; };
  if (std::ranges::none_of(edits, is_change)) return "";
  std::string text = "--- " + name_before + "\n+++ " + name_after + "\n";
  std::size_t at = 0, line_before = 1, line_after = 1;
  while (at < edits.size()) {
    const auto change = std::find_if(edits.begin() + static_cast<std::ptrdiff_t>(at), edits.end(), is_change);
    if (change == edits.end()) break;
    const std::size_t first =
        std::max(at, static_cast<std::size_t>(change - edits.begin()) -
                         std::min(context_lines, static_cast<std::size_t>(change - edits.begin())));
    line_before += first - at, line_after += first - at;
    // On to where more lines are equal than two contexts take.
    std::size_t end = first, equal = 0;
    std::size_t last_change = first;
    for (; end < edits.size() && equal <= 2 * context_lines; ++end) {
      equal = is_change(edits[end]) ? 0 : equal + 1;
      if (equal == 0) last_change = end;
      if (end < static_cast<std::size_t>(change - edits.begin())) equal = 0;
    }
    end = std::min(edits.size(), last_change + 1 + context_lines);
    std::size_t count_before = 0, count_after = 0;
    std::string body;
    for (std::size_t i = first; i < end; ++i) {
      count_before += edits[i].sign != '+' ? 1 : 0;
      count_after += edits[i].sign != '-' ? 1 : 0;
      body += edits[i].sign + *edits[i].line + "\n";
    }
    text += fmt::format("@@ -{} +{} @@\n", range(line_before, count_before), range(line_after, count_after));
    text += body;
    line_before += count_before, line_after += count_after;
    at = end;
  }
  return text;
}

}  // namespace s3dr::app
