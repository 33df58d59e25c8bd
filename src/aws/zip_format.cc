#include "aws/zip_format.h"

#include <algorithm>

#include "base/error.h"

namespace s3dr::aws::zip {
namespace {

constexpr std::size_t name_bytes_max = 1024;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

void check_form(const std::string& name) {
  if (name.empty()) refuse("an entry has no name");
  if (name.size() > name_bytes_max) refuse("the name is too long", name);
  if (name.front() == '/') refuse("the name is absolute", name);
  if (name.find('\\') != std::string::npos) refuse("the name has a backslash", name);
  if (std::any_of(name.begin(), name.end(), is_control)) refuse("the name has a control byte", name);
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    if (segment.empty() || segment == "." || segment == "..") {
      refuse("the name has a \"..\", \".\" or empty segment", name);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

void refuse(std::string_view what, std::string_view name) {
  // The sentence ends up in JSON: only ASCII is certain to be UTF-8, and a cut may fall into a character.
  std::string shown(name.substr(0, 128));
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return is_control(c) || static_cast<unsigned char>(c) >= 0x80; }, '?');
  throw Error(ErrorKind::invalid, "zip: " + std::string(what) + ": " + shown);
}

void refuse(std::string_view what) {
  throw Error(ErrorKind::invalid, "zip: " + std::string(what));
}

void Names::add(const std::string& name) {
  check_form(name);
  for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    const std::string folder = name.substr(0, slash);
    if (files_.contains(folder)) refuse("a file is also the folder of another entry", folder);
    folders_.insert(folder);
  }
  if (name.ends_with('/')) {
    if (!named_folders_.insert(name).second) refuse("the name stands twice in the archive", name);
    return;
  }
  if (folders_.contains(name)) refuse("a file is also the folder of another entry", name);
  if (!files_.insert(name).second) refuse("the name stands twice in the archive", name);
}

}  // namespace s3dr::aws::zip
