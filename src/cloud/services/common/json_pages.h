// One page of a list in order of name, as EventBridge asks for it: at most `Limit` items (1–100, default 100).
// NextToken is the last name, encoded.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace s3dr::services {

struct Page {
  std::size_t limit = 100;
  std::string after;
  std::size_t rows_wanted() const { return limit + 1; }  // one more tells whether there is another page
};

// Refuses ValidationException: a limit out of bounds, a token of another service.
Page page_of(const boost::json::object& request);
std::string next_token(const std::string& last);

// {"`field`": […], "NextToken": …}. `rows` are at most page.rows_wanted(). `show(list, row)` adds what is told of
// a row to the list; `name_of(row)` is what the list is ordered by.
template <class Row, class Show, class NameOf>
boost::json::object answer_page(std::string_view field, const std::vector<Row>& rows, const Page& page,
                                Show show, NameOf name_of) {
  boost::json::array list;
  for (std::size_t i = 0; i < std::min(rows.size(), page.limit); ++i) show(list, rows[i]);
  boost::json::object answer = {{field, std::move(list)}};
  if (rows.size() > page.limit) answer["NextToken"] = next_token(name_of(rows[page.limit - 1]));
  return answer;
}

}  // namespace s3dr::services
