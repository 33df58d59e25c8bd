#include "cloud/services/lambda/process_sweep.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

namespace s3dr::services {
namespace fs = std::filesystem;
namespace {

constexpr int rounds_max = 20;  // against one that forks as fast as it is killed

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has(std::string_view environment, std::string_view variable) {
  const bool open = variable.ends_with('*');
  if (open) variable.remove_suffix(1);
  while (!environment.empty()) {
    const std::size_t end = std::min(environment.find('\0'), environment.size());
    const std::string_view entry = environment.substr(0, end);
    if (open ? entry.starts_with(variable) : entry == variable) return true;
    environment.remove_prefix(std::min(end + 1, environment.size()));
  }
  return false;
}

struct Entry {
  int parent = 0;
  bool marked = false;
};

// "4711 (any (name) at all) S 1 …"; 0: it is gone, or a zombie.
int parent_of(const std::string& folder) {
  const std::string text = read_file(folder + "/stat");
  const auto at = text.rfind(") ");
  if (at == std::string::npos || at + 4 >= text.size() || text[at + 2] == 'Z' || text[at + 2] == 'X')
    return 0;
  int parent = 0;
  std::from_chars(text.data() + at + 4, text.data() + text.size(), parent);
  return parent;
}

std::map<int, Entry> processes(const std::vector<std::string>& variables) {
  std::map<int, Entry> result;
  std::error_code failure;
  for (fs::directory_iterator at("/proc", failure); !failure && at != fs::directory_iterator();
       at.increment(failure)) {
    const std::string name = at->path().filename().string();
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    const std::string folder = "/proc/" + name;
    const int parent = parent_of(folder);
    if (parent == 0) continue;
    const std::string environment = read_file(folder + "/environ");  // empty: another user's
    const bool marked =
        !environment.empty() && std::ranges::all_of(variables, [&](const std::string& variable) {
          return has(environment, variable);
        });
    result[pid] = {parent, marked};
  }
  return result;
}

}  // namespace

int kill_processes_of(const std::vector<std::string>& variables) {
  std::set<int> killed;
  for (int round = 0; round < rounds_max; ++round) {
    const std::map<int, Entry> all = processes(variables);
    std::set<int> doomed;
    for (const auto& [pid, entry] : all) {
      if (entry.marked) doomed.insert(pid);
    }
    for (bool grown = !doomed.empty(); grown;) {
      grown = false;
      for (const auto& [pid, entry] : all) {
        if (doomed.contains(entry.parent)) grown |= doomed.insert(pid).second;
      }
    }
    if (doomed.empty()) break;
    for (const int pid : doomed) {
      if (::kill(pid, SIGKILL) == 0) killed.insert(pid);
    }
  }
  return static_cast<int>(killed.size());
}

}  // namespace s3dr::services
