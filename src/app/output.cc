#include "app/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <utility>

#include "app/config.h"
#include "base/error.h"

namespace s3dr::app {
namespace {

constexpr std::size_t column_gap = 2;
constexpr std::size_t column_width_min = 8;

struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The first character of a non-empty text. Overlong forms, surrogates and cut-off sequences are not valid.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xf0 && lead < 0xf5   ? 4
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) return {};
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  static constexpr char32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < lowest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, length, true};
}

bool is_within(char32_t code, char32_t first, char32_t last) {
  return code >= first && code <= last;
}

// The ranges that matter for names of keys and buckets. A table of all of Unicode would be too large here.
std::size_t width_of(const Character& character) {
  const char32_t code = character.code;
  if (!character.valid) return 1;
  if (is_within(code, 0x300, 0x36f) || is_within(code, 0x200b, 0x200f) || is_within(code, 0x20d0, 0x20ff) ||
      is_within(code, 0xfe00, 0xfe0f) || is_within(code, 0xfe20, 0xfe2f)) {
    return 0;
  }
  if (is_within(code, 0x1100, 0x115f) || is_within(code, 0x2e80, 0xa4cf) || is_within(code, 0xac00, 0xd7a3) ||
      is_within(code, 0xf900, 0xfaff) || is_within(code, 0xfe30, 0xfe6f) || is_within(code, 0xff00, 0xff60) ||
      is_within(code, 0xffe0, 0xffe6) || is_within(code, 0x1f300, 0x1faff) ||
      is_within(code, 0x20000, 0x3fffd)) {
    return 2;
  }
  return 1;
}

// C0, DEL, C1, and the marks that turn the direction of writing around.
bool moves_the_terminal(char32_t code) {
  return code < 0x20 || is_within(code, 0x7f, 0x9f) || is_within(code, 0x202a, 0x202e) ||
         is_within(code, 0x2066, 0x2069);
}

std::string pad(std::string text, std::size_t width, bool right) {
  const std::size_t used = display_width(text);
  if (used >= width) return text;
  return right ? std::string(width - used, ' ') + text : text + std::string(width - used, ' ');
}

// Takes columns from the widest ones until all fit; names keep theirs.
void fit(std::vector<std::size_t>& widths, const std::vector<Column>& columns, std::size_t limit) {
  const std::size_t gaps = (widths.size() - 1) * column_gap;
  std::size_t total = std::accumulate(widths.begin(), widths.end(), gaps);
  while (total > limit) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (!columns[i].whole && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size() || widths[widest] <= column_width_min) return;
    --widths[widest];
    --total;
  }
}

std::string render_line(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                        const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line.append(column_gap, ' ');
    line += pad(columns[i].whole ? cells[i] : truncate(cells[i], widths[i]), widths[i], columns[i].right);
  }
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

// A row on as many lines as its longest cell takes.
std::string render_wrapped(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                           const std::vector<std::size_t>& widths) {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    lines.push_back(columns[i].whole ? std::vector<std::string>{cells[i]} : wrap(cells[i], widths[i]));
    height = std::max(height, lines.back().size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    std::vector<std::string> row;
    for (const auto& cell : lines) row.push_back(line < cell.size() ? cell[line] : "");
    text += render_line(row, columns, widths);
  }
  return text;
}

std::string render_note(const std::string& note, std::size_t width) {
  constexpr std::size_t indent = 2;
  std::string text;
  for (const std::string& line : wrap(note, width > indent ? width - indent : 0))
    text += std::string(indent, ' ') + line + "\n";
  return text;
}

std::size_t width_behind(int descriptor) {
  winsize size{};
  if (isatty(descriptor) == 0 || ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    width += width_of(character);
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string truncate(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t used = 0, bytes = 0;
  while (bytes < text.size()) {
    const Character character = first_character(text.substr(bytes));
    if (used + width_of(character) > width - 1) break;
    used += width_of(character);
    bytes += character.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string clean(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (!character.valid || moves_the_terminal(character.code)) {
      result += '?';
    } else {
      result += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  if (width == 0) return {std::string(text)};
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0;
  const auto end_line = [&] {
    lines.push_back(std::exchange(line, {}));
    used = 0;
  };
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    if (used > 0 && used + 1 + display_width(word) > width) end_line();
    if (used > 0) {
      line += ' ';
      ++used;
    }
    while (!word.empty()) {
      const Character character = first_character(word);
      if (used > 0 && used + width_of(character) > width) end_line();
      line += word.substr(0, character.bytes);
      used += width_of(character);
      word.remove_prefix(character.bytes);
    }
  }
  if (used > 0 || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

Table::Table(std::vector<Column> columns, Overflow overflow)
    : columns_(std::move(columns)), overflow_(overflow) {}

void Table::add(std::vector<std::string> cells) {
  S3DR_CHECK(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = clean(cell);
  rows_.push_back({std::move(cells), {}});
}

void Table::add_note(std::string text) {
  S3DR_CHECK(!rows_.empty());
  rows_.back().notes.push_back(clean(text));
}

std::string Table::render(std::size_t width) const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(display_width(column.title));
  }
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row.cells[i]));
  }
  if (width > 0) fit(widths, columns_, width);
  const auto render_row = overflow_ == Overflow::wrap ? &render_wrapped : &render_line;
  std::string text = render_row(titles, columns_, widths);
  for (const Row& row : rows_) {
    text += render_row(row.cells, columns_, widths);
    for (const std::string& note : row.notes) text += render_note(note, width);
  }
  return text;
}

std::string render_facts(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::size_t width = 0;
  for (const auto& [name, value] : facts) width = std::max(width, display_width(name));
  std::string text;
  for (const auto& [name, value] : facts) {
    std::string label = pad(name, width + column_gap, false);
    std::size_t start = 0;
    while (true) {
      const std::size_t end = value.find('\n', start);
      text += label + clean(std::string_view(value).substr(start, end - start)) + "\n";
      if (end == std::string::npos) break;
      start = end + 1;
      label.assign(width + column_gap, ' ');
    }
  }
  return text;
}

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string format_bytes(std::uint64_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 1023.95 would be printed as 1024.0: the next unit says it better.
  while (value >= 1023.95 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string format_age(Instant then, Instant now) {
  if (now - then < milliseconds(1000)) return "just now";
  const std::int64_t seconds = (now - then).count() / 1000;
  if (seconds < 60) return fmt::format("{}s ago", seconds);
  return format_duration(milliseconds(seconds * 1000)) + " ago";
}

std::size_t terminal_width() {
  return width_behind(STDOUT_FILENO);
}

void print(std::string_view text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  const int why = errno;
  std::clearerr(stdout);
  if (why == EPIPE) return;  // `s3dr status | head`: the reader has seen enough
  throw Error(ErrorKind::invalid, std::string("cannot write to standard output: ") + std::strerror(why));
}

std::string in_shell(const std::string& text) {
  const bool plain = std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._-+:@%,=").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain && !text.empty()) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void print_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

Progress::Progress() : Progress(isatty(STDERR_FILENO) != 0) {}

Progress::Progress(bool redraws) : redraws_(redraws) {}

Progress::~Progress() {
  finish();
}

void Progress::step(const std::string& text) {
  if (text == last_) return;
  last_ = text;
  print_error((open_ ? "\r\x1b[K" : "") + clean(text) + "\n");
  open_ = false;
}

void Progress::moving(const std::string& text) {
  if (!redraws_) return;
  std::size_t width = width_behind(STDERR_FILENO);
  if (width == 0) width = 80;
  print_error("\r\x1b[K" + truncate(clean(text), width - 1));
  open_ = true;
}

void Progress::finish() {
  if (open_) print_error("\r\x1b[K");
  open_ = false;
}

}  // namespace s3dr::app
