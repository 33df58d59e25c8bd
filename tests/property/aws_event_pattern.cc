// A pattern made from an event matches it, and no longer does once the value it names is another one;
// wildcards agree with a slow, plain reading; $or and a list of alternatives are "or".
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <boost/json.hpp>

#include "aws/event_pattern.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

std::string any_text() {
  return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abAB*\\.\"01 ")));
}

json::value any_leaf() {
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::inRange<std::int64_t>(-5'000'000'000, 5'000'000'001);
    case 3:
      return static_cast<double>(*rc::gen::inRange(-1'000'000, 1'000'000)) / 1024;
    default:
      return json::value(any_text());
  }
}

json::value any_value(int depth) {
  const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 4);
  if (kind < 2) return any_leaf();
  const int size = *rc::gen::inRange(0, 4);
  if (kind == 2) {
    json::array list;
    for (int i = 0; i < size; ++i) list.push_back(any_value(depth - 1));
    return list;
  }
  json::object object;
  for (int i = 0; i < size; ++i) object["f" + std::to_string(i)] = any_value(depth - 1);
  return object;
}

// One field of an event: where its leaf stands.
struct Place {
  std::vector<std::string> path;
  json::value* leaf = nullptr;
};

// Every leaf that is the only one at its path: changing it changes what the path holds.
void find_places(json::value& value, std::vector<std::string>& path, std::vector<Place>& places) {
  if (json::object* object = value.if_object()) {
    for (auto& member : *object) {
      path.emplace_back(member.key());
      find_places(member.value(), path, places);
      path.pop_back();
    }
  } else if (json::array* list = value.if_array()) {
    for (json::value& item : *list) find_places(item, path, places);
  } else {
    places.push_back(Place{path, &value});
  }
}

std::vector<Place> lone_places(json::value& event) {
  std::vector<Place> all, lone;
  std::vector<std::string> path;
  find_places(event, path, all);
  for (const Place& place : all) {
    const auto same = [&](const Place& other) { return other.path == place.path; };
    if (std::count_if(all.begin(), all.end(), same) == 1) lone.push_back(place);
  }
  return lone;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string other_case(std::string text) {
  for (char& c : text) {
    if (c == 'a' || c == 'b') {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (c == 'A' || c == 'B') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

json::value operation(const char* name, json::value argument) {
  return json::object{{name, std::move(argument)}};
}

// An element that holds for `leaf` and does not for `changed(leaf)`.
json::value element_for(const json::value& leaf) {
  if (leaf.is_number() && *rc::gen::arbitrary<bool>()) {
    return operation("numeric", json::array{"=", leaf});
  }
  if (!leaf.is_string()) return leaf;
  const std::string text(leaf.get_string());
  const std::size_t cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  const std::string front = text.substr(0, cut), back = text.substr(cut);
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return operation("prefix", json::value(text));
    case 1:
      return operation("suffix", json::value(text));
    case 2:
      return operation("equals-ignore-case", json::value(other_case(text)));
    case 3:
      return operation("prefix", operation("equals-ignore-case", json::value(other_case(text))));
    case 4:
      return operation("suffix", operation("equals-ignore-case", json::value(other_case(text))));
    case 5:
      return operation("wildcard", json::value(escaped(front) + "*" + escaped(back)));
    default:
      return leaf;
  }
}

// Another type, where no operator of element_for but `exists` can hold.
json::value changed(const json::value& leaf) {
  return leaf.is_bool() ? json::value(7) : json::value(!leaf.is_null());
}

void put(json::object& pattern, const std::vector<std::string>& path, std::size_t dotted, json::value list) {
  // The last `dotted` names are written as one key.
  json::object* at = &pattern;
  std::size_t i = 0;
  for (; i + 1 < path.size() - dotted; ++i) {
    json::value& next = (*at)[path[i]];
    if (!next.is_object()) next.emplace_object();
    at = &next.get_object();
  }
  std::string key = path[i];
  for (++i; i < path.size(); ++i) key += "." + path[i];
  (*at)[key] = std::move(list);
}

TEST(EventPatternProperty, APatternFromAnEventMatchesIt) {
  EXPECT_TRUE(rc::check("made from the event: match; value changed: no match", [] {
    json::value event = json::object();
    for (const char* name : {"a", "b", "c"}) event.as_object()[name] = any_value(3);
    std::vector<Place> places = lone_places(event);
    RC_PRE(!places.empty());
    // A list may hold a value and an object: then "a" and "a.f0" are both fields, and only dotted keys can
    // say so.
    const bool all_dotted = std::any_of(places.begin(), places.end(), [&](const Place& a) {
      return std::any_of(places.begin(), places.end(), [&](const Place& b) {
        return a.path.size() < b.path.size() && std::equal(a.path.begin(), a.path.end(), b.path.begin());
      });
    });
    json::object pattern;
    std::vector<Place> named;
    for (const Place& place : places) {
      if (!named.empty() && *rc::gen::arbitrary<bool>()) continue;
      json::array list;
      if (*rc::gen::arbitrary<bool>()) list.push_back("no leaf of the event");
      list.push_back(element_for(*place.leaf));
      const std::size_t dotted = *rc::gen::inRange<std::size_t>(0, place.path.size());
      put(pattern, place.path, all_dotted ? place.path.size() - 1 : dotted, std::move(list));
      named.push_back(place);
    }
    const std::string text = json::serialize(pattern);
    RC_PRE(text.size() <= EventPattern::characters_max);
    RC_LOG() << text << "\n" << json::serialize(event) << "\n";
    const auto parsed = EventPattern::parse(text);
    RC_ASSERT(parsed.matches(event));
    RC_ASSERT(parsed.matches_text(json::serialize(event)));
    const Place& victim = named[*rc::gen::inRange<std::size_t>(0, named.size())];
    *victim.leaf = changed(*victim.leaf);
    RC_ASSERT(!parsed.matches(event));
  }));
}

// Tries everything; the texts are short.
bool plain_wildcard(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return plain_wildcard(pattern.substr(1), text) ||
           (!text.empty() && plain_wildcard(pattern, text.substr(1)));
  }
  return !text.empty() && text.front() == pattern.front() &&
         plain_wildcard(pattern.substr(1), text.substr(1));
}

TEST(EventPatternProperty, WildcardsAgreeWithThePlainReading) {
  int matched = 0, all = 0;
  EXPECT_TRUE(rc::check("wildcard", [&] {
    std::string wildcard = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("aab*")));
    for (std::size_t at; (at = wildcard.find("**")) != std::string::npos;) wildcard.erase(at, 1);
    const std::string text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("aab")));
    RC_PRE(wildcard.size() <= 16 && text.size() <= 24);
    const json::object pattern{{"a", json::array{operation("wildcard", json::value(wildcard))}}};
    const bool match = EventPattern::parse(json::serialize(pattern)).matches(json::object{{"a", text}});
    RC_ASSERT(match == plain_wildcard(wildcard, text));
    matched += match ? 1 : 0;
    ++all;
  }));
  EXPECT_GT(matched, 0);
  EXPECT_LT(matched, all);
}

TEST(EventPatternProperty, OrIsOr) {
  EXPECT_TRUE(rc::check("$or of two patterns holds where one of them does", [] {
    const auto small = [] { return json::value(*rc::gen::inRange(0, 3)); };
    const auto branch = [&] {
      json::object fields;
      for (const char* name : {"a", "b"}) {
        if (fields.empty() || *rc::gen::arbitrary<bool>()) fields[name] = json::array{small(), small()};
      }
      return fields;
    };
    const json::object one = branch(), two = branch();
    const json::object event{{"a", small()}, {"b", small()}};
    const auto holds = [&](const json::object& pattern) {
      return EventPattern::parse(json::serialize(pattern)).matches(event);
    };
    RC_ASSERT(holds(json::object{{"$or", json::array{one, two}}}) == (holds(one) || holds(two)));
    const json::object both{{"$or", json::array{one, one}}, {"a", json::array{0, 1}}};
    RC_ASSERT(holds(both) == (holds(one) && holds(json::object{{"a", json::array{0, 1}}})));
  }));
}

TEST(EventPatternProperty, NumericIsArithmetic) {
  EXPECT_TRUE(rc::check("numeric with two bounds", [] {
    const int low = *rc::gen::inRange(-50, 50), high = *rc::gen::inRange(low + 1, 60),
              value = *rc::gen::inRange(-60, 61);
    const bool low_in = *rc::gen::arbitrary<bool>(), high_in = *rc::gen::arbitrary<bool>();
    const json::array range{low_in ? ">=" : ">", low / 4.0, high_in ? "<=" : "<", high / 4.0};
    const json::object pattern{{"a", json::array{operation("numeric", range)}}};
    const bool wanted = (low_in ? value >= low : value > low) && (high_in ? value <= high : value < high);
    RC_ASSERT(EventPattern::parse(json::serialize(pattern)).matches(json::object{{"a", value / 4.0}}) ==
              wanted);
  }));
}

}  // namespace
}  // namespace s3dr::aws
