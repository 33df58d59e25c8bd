// The folder of the demo: made for it, marked as such, and emptied by the next run. A folder without the mark
// is never touched.
#pragma once

#include <string>
#include <thread>

namespace s3dr::app {

class DemoFolder {
 public:
  // Makes the folder, or empties it when an earlier demo made it; keeps it locked. What was there is moved
  // aside and removed by a thread: tens of thousands of files take a minute on a disk that discards. Raises
  // UsageError (there is something else in it), Error unavailable (another demo or its cloud runs there).
  explicit DemoFolder(const std::string& path);
  ~DemoFolder();  // what could not be removed yet is left to the next run
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;

  const std::string& path() const { return path_; }  // absolute

 private:
  std::string path_;
  int lock_ = -1;
  std::jthread removing_;
};

}  // namespace s3dr::app
