// The first steps of a process that was just forked and will become another program. Only calls that are safe after
// a signal: the parent had threads.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace s3dr {

// Leads a process group of its own, dies with `parent` (ends at once where that has died already) and blocks no
// signal.
inline void begin_forked_child(pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before the line above took effect
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Standard input reads nothing. False: there is no descriptor for it.
inline bool read_nothing() {
  const int nothing = ::open("/dev/null", O_RDONLY);
  return nothing >= 0 && ::dup2(nothing, STDIN_FILENO) >= 0;
}

}  // namespace s3dr
