// One run, many endings: at chosen moments of a run in this process a child process is forked, in which it
// goes on differently (the run is killed, say) and is judged; here it goes on as if nothing had happened. So
// what leads up to each of those moments is run once. The simulation is one thread over memory alone, which
// is why a child may simply go on.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <string>

#include "sim/world/matrix.h"

namespace s3dr::sim {

class Forks {
 public:
  // At most `jobs` children at a time. What they find goes into `report`, which outlives this.
  Forks(boost::asio::io_context& io, int jobs, MatrixReport& report);
  ~Forks();
  Forks(const Forks&) = delete;
  Forks& operator=(const Forks&) = delete;

  // True in the child. False here, and in a child, which forks no further. May wait for another child to end.
  bool fork(const std::string& what);
  bool is_child() const { return child_; }
  // The verdict of the child; empty: all was right. Needs to be called in a child; ends it.
  [[noreturn]] void end_child(const std::string& failure);
  // Waits for all children.
  void join();
  std::uint64_t forked() const { return forked_; }

 private:
  struct Child {
    std::string what;
    int pipe = -1;
  };
  void reap_one();

  boost::asio::io_context& io_;
  std::size_t jobs_;
  MatrixReport& report_;
  std::map<pid_t, Child> children_;
  bool child_ = false;
  int pipe_ = -1;
  std::uint64_t forked_ = 0;
};

}  // namespace s3dr::sim
