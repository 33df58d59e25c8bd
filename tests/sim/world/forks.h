// One run with many endings. At chosen moments of a run a child process is forked. In the child the run
// continues differently (it is killed, for example) and is judged.
// In this process the run continues as if nothing had happened.
// So the way to each of these moments is run only once.
// This works because the simulation is one thread and uses only memory: a child can simply continue.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <string>

#include "sim/world/matrix.h"

namespace s3dr::sim {

class Forks {
 public:
  // At most `jobs` children run at a time. What they find goes into `report`.
  // Needs: `report` outlives this object.
  Forks(boost::asio::io_context& io, int jobs, MatrixReport& report);
  ~Forks();
  Forks(const Forks&) = delete;
  Forks& operator=(const Forks&) = delete;

  // True in the new child. False in this process. Also false when called in a child: it forks no further.
  // May wait until another child has ended.
  bool fork(const std::string& what);
  bool is_child() const { return child_; }
  // Reports the child's result and ends the child. `failure` empty: no failure. Needs: called in a child.
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
