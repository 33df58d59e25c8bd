#include "aws/event_pattern.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/error.h"

namespace s3dr::aws {
namespace {

namespace json = boost::json;

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

json::value parse_json(std::string_view text) {
  if (text.size() > 4 * EventPattern::characters_max ||
      count_characters(text) > EventPattern::characters_max) {
    throw Error(ErrorKind::invalid, "Event pattern is not valid. Reason: It has more than " +
                                        std::to_string(EventPattern::characters_max) + " characters");
  }
  json::parse_options options;
  options.max_depth = EventPattern::depth_max;
  json::parser parser(json::storage_ptr(), options);
  json::error_code failure;
  const std::size_t read = parser.write_some(text.data(), text.size(), failure);
  const bool too_deep = failure == json::error::too_deep;
  if (!failure && read < text.size()) failure = json::error::extra_data;
  if (failure) {
    throw Error(ErrorKind::invalid,
                "Event pattern is not valid. Reason: " +
                    (too_deep ? "It is nested too deeply" : "It is not JSON: " + failure.message()) +
                    " at offset " + std::to_string(read));
  }
  return parser.release();
}

std::string joined(const std::string& path, std::string_view key, bool root) {
  return root ? std::string(key) : path + "." + std::string(key);
}

}  // namespace

// Reads the fields of one pattern; a field's path is an index into `paths` in order of appearance until
// sort().
class EventPattern::Reader {
 public:
  explicit Reader(EventPattern& pattern) : pattern_(pattern) {}

  // Adds what stands in `object`, whose own path is `path`, to `group`. `place` is the path for people: it
  // tells branches of $or apart.
  void read(const json::object& object, const std::string& path, const std::string& place, bool root,
            Group& group) {
    if (object.empty()) refuse_pattern("Empty objects are not allowed", place);
    for (const auto& member : object) {
      const std::string_view key = member.key();
      const json::value& value = member.value();
      const std::string child_place = joined(place, key, place == top);
      if (key == "$or") {
        read_alternatives(value, path, child_place, root, group);
        continue;
      }
      const std::string child_path = joined(path, key, root);
      if (const json::object* child = value.if_object()) {
        read(*child, child_path, child_place, false, group);
      } else if (const json::array* list = value.if_array()) {
        read_field(*list, child_path, child_place, group);
      } else {
        refuse_pattern("\"" + std::string(key) + "\" must be an object or an array", child_place);
      }
    }
  }

  void sort() {
    std::vector<std::string> sorted = pattern_.paths_;
    std::sort(sorted.begin(), sorted.end());
    renumber(pattern_.root_, sorted);
    pattern_.paths_ = std::move(sorted);
  }

  // How many patterns without $or the group stands for; counts no further than just above combinations_max.
  static std::size_t combinations(const Group& group) {
    std::size_t product = 1;
    for (const auto& branches : group.alternatives) {
      std::size_t sum = 0;
      for (const Group& branch : branches) sum = std::min(sum + combinations(branch), combinations_max + 1);
      product = std::min(product * sum, combinations_max + 1);
    }
    return product;
  }

  static constexpr std::string_view top = "the top level";

 private:
  void read_field(const json::array& list, const std::string& path, const std::string& place, Group& group) {
    if (list.empty()) refuse_pattern("Empty arrays are not allowed", place);
    Field field;
    field.path = index_of(path);
    for (std::size_t i = 0; i < list.size(); ++i) {
      field.any_of.push_back(parse_matcher(list[i], place + "[" + std::to_string(i) + "]"));
    }
    const auto before = std::find_if(group.fields.begin(), group.fields.end(),
                                     [&](const Field& other) { return other.path == field.path; });
    if (before == group.fields.end()) {
      group.fields.push_back(std::move(field));
    } else {
      *before = std::move(field);
    }
  }

  void read_alternatives(const json::value& value, const std::string& path, const std::string& place,
                         bool root, Group& group) {
    const json::array* list = value.if_array();
    if (list == nullptr || list->size() < 2) {
      refuse_pattern("$or must be an array of at least two objects", place);
    }
    std::vector<Group> branches(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string branch_place = place + "[" + std::to_string(i) + "]";
      const json::object* branch = (*list)[i].if_object();
      if (branch == nullptr) refuse_pattern("$or must be an array of at least two objects", branch_place);
      for (const auto& member : *branch) {
        // The service then takes "$or" for the name of a field, and refuses what it finds there.
        if (is_operator_name(member.key())) {
          refuse_pattern("A field in $or may not have the name of an operator: " + std::string(member.key()),
                         branch_place);
        }
      }
      read(*branch, path, branch_place, root, branches[i]);
    }
    group.alternatives.push_back(std::move(branches));
  }

  std::size_t index_of(const std::string& path) {
    auto& paths = pattern_.paths_;
    const auto found = std::find(paths.begin(), paths.end(), path);
    if (found != paths.end()) return static_cast<std::size_t>(found - paths.begin());
    paths.push_back(path);
    return paths.size() - 1;
  }

  void renumber(Group& group, const std::vector<std::string>& sorted) {
    for (Field& field : group.fields) {
      const auto found = std::lower_bound(sorted.begin(), sorted.end(), pattern_.paths_[field.path]);
      field.path = static_cast<std::size_t>(found - sorted.begin());
    }
    for (auto& branches : group.alternatives) {
      for (Group& branch : branches) renumber(branch, sorted);
    }
  }

  EventPattern& pattern_;
};

// The leaves of an event at the paths that a pattern names. The rest of the event is not looked at.
class EventPattern::Leaves {
 public:
  Leaves(const std::vector<std::string>& paths, const json::object& event)
      : paths_(paths), found_(paths.size()) {
    std::string path;
    collect_members(event, path, true);
  }

  const std::vector<const json::value*>& at(std::size_t path) const { return found_[path]; }

 private:
  void collect_members(const json::object& object, std::string& path, bool root) {
    const std::size_t length = path.size();
    for (const auto& member : object) {
      const std::string_view key = member.key();
      if (!root) path += '.';
      path += key;
      if (is_wanted(path)) collect(member.value(), path);
      path.resize(length);
    }
  }

  void collect(const json::value& value, std::string& path) {
    if (const json::object* object = value.if_object()) {
      collect_members(*object, path, false);
    } else if (const json::array* list = value.if_array()) {
      for (const json::value& item : *list) collect(item, path);
    } else {
      const auto found = std::lower_bound(paths_.begin(), paths_.end(), path);
      if (found == paths_.end() || *found != path) return;
      found_[static_cast<std::size_t>(found - paths_.begin())].push_back(&value);
    }
  }

  // True if the pattern names the path or one below it.
  bool is_wanted(std::string& path) const {
    const auto same = std::lower_bound(paths_.begin(), paths_.end(), path);
    if (same == paths_.end()) return false;
    if (*same == path) return true;
    path += '.';
    const auto below = std::lower_bound(same, paths_.end(), path);
    const bool wanted = below != paths_.end() && below->starts_with(path);
    path.pop_back();
    return wanted;
  }

  const std::vector<std::string>& paths_;
  std::vector<std::vector<const json::value*>> found_;
};

bool EventPattern::holds(const Group& group, const Leaves& leaves) {
  const auto field_holds = [&](const Field& field) {
    const auto& values = leaves.at(field.path);
    return std::any_of(field.any_of.begin(), field.any_of.end(), [&](const EventMatcher& matcher) {
      if (values.empty()) return matches_missing(matcher);
      return std::any_of(values.begin(), values.end(),
                         [&](const json::value* value) { return aws::matches(matcher, *value); });
    });
  };
  const auto one_holds = [&](const std::vector<Group>& branches) {
    return std::any_of(branches.begin(), branches.end(),
                       [&](const Group& branch) { return holds(branch, leaves); });
  };
  return std::all_of(group.fields.begin(), group.fields.end(), field_holds) &&
         std::all_of(group.alternatives.begin(), group.alternatives.end(), one_holds);
}

EventPattern EventPattern::parse(std::string_view text) {
  const json::value value = parse_json(text);
  const std::string top(Reader::top);
  const json::object* object = value.if_object();
  if (object == nullptr) refuse_pattern("Filter is not an object", top);
  EventPattern pattern;
  Reader reader(pattern);
  reader.read(*object, "", top, true, pattern.root_);
  if (Reader::combinations(pattern.root_) > combinations_max) {
    refuse_pattern("There are more than " + std::to_string(combinations_max) + " combinations of $or", top);
  }
  reader.sort();
  return pattern;
}

bool EventPattern::matches(const json::value& event) const {
  const json::object* object = event.if_object();
  return object != nullptr && holds(root_, Leaves(paths_, *object));
}

bool EventPattern::matches_text(std::string_view event) const {
  json::error_code failure;
  const json::value value = json::parse(event, failure);
  if (failure)
    throw Error(ErrorKind::invalid, "Event is not valid. Reason: It is not JSON: " + failure.message());
  if (!value.is_object()) throw Error(ErrorKind::invalid, "Event is not valid. Reason: It is not an object");
  return matches(value);
}

}  // namespace s3dr::aws
