// What people read: tables that fit the terminal, counts, sizes, ages, progress. No colours. Bytes from a
// store that could move the cursor never reach the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace s3dr::app {

// Columns on a terminal. Wide East Asian characters take two, combining characters none. A byte that is not
// UTF-8 takes one.
std::size_t display_width(std::string_view text);
// At most `width` columns, the last of them "…" when something was cut off. Never cuts a character in two.
std::string truncate(std::string_view text, std::size_t width);
// Control characters and bytes that are not UTF-8 become '?'.
std::string clean(std::string_view text);

// Lines of at most `width` columns, broken at blanks, and within a word only when it is longer than a line.
// Nothing is left out but the blanks at the breaks. `width` 0: one line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

struct Column {
  std::string title;
  bool right = false;  // numbers
  bool whole = false;  // a name: never cut and never broken, however narrow the terminal is
};

// What becomes of a cell that does not fit.
enum class Overflow { cut, wrap };

// Columns as wide as their content, two blanks between them. When they do not fit, the widest columns get
// narrower.
class Table {
 public:
  explicit Table(std::vector<Column> columns, Overflow overflow = Overflow::cut);
  void add(std::vector<std::string> cells);  // as many as there are columns
  // A line of its own below the last row, indented; wrapped when it does not fit.
  void add_note(std::string text);
  bool empty() const { return rows_.empty(); }
  // `width` 0: no limit. Ends with a line feed; trailing blanks are left out.
  std::string render(std::size_t width) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<std::string> notes;
  };
  std::vector<Column> columns_;
  Overflow overflow_;
  std::vector<Row> rows_;
};

// Pairs "name  value", the names in one column; a value of several lines stays in its column.
std::string render_facts(const std::vector<std::pair<std::string, std::string>>& facts);

std::string format_count(std::uint64_t count);  // "1,234,567"
std::string format_bytes(std::uint64_t bytes);  // "512 B", "1.5 KiB", "100.0 MiB"
// "12s ago", "5m 3s ago"; "just now" below a second and for a time in the future.
std::string format_age(Instant then, Instant now);

// Columns of the terminal at standard output; 0 when there is no terminal.
std::size_t terminal_width();

// Standard output, flushed. Raises invalid when it cannot be written (a full disk). A reader that hung up is no
// error.
void print(std::string_view text);
void print_error(std::string_view text);  // standard error

std::string in_shell(const std::string& text);  // as it has to be typed in a shell

// Lines about work under way, on standard error. On a terminal it is one line that is redrawn, elsewhere one
// line for each change.
class Progress {
 public:
  Progress();
  explicit Progress(bool redraws);
  ~Progress();  // ends the line that was being redrawn
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // A change. The line stays.
  void step(const std::string& text);
  // Counts that move all the time. Shown on a terminal only.
  void moving(const std::string& text);
  void finish();

 private:
  bool redraws_;
  bool open_ = false;  // the terminal shows a line that has no end yet
  std::string last_;
};

}  // namespace s3dr::app
