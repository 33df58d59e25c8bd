// Two texts side by side as a unified diff, and documents broken into lines so that a diff of them can be read. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace s3dr::app {

// XML or JSON as lines, indented by depth, in the order of the document; a leaf element stays on one line. Any other text:
// its own lines. It is for people: nothing reads it again.
std::vector<std::string> document_lines(std::string_view document);

// As `diff -u` writes it, with three lines of context; empty: they are equal. Long texts are compared as a whole: lines that
// both begin and end with stay, everything between is replaced.
std::string unified_diff(const std::vector<std::string>& before, const std::vector<std::string>& after,
                         const std::string& name_before, const std::string& name_after);

}  // namespace s3dr::app
