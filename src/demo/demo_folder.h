// The folder of the demo: made for it and marked with what uses it. The next run of the same use goes on with
// it or empties it, one of another use empties it. A folder without the mark is never touched.
#pragma once

#include <string>
#include <thread>

namespace s3dr::app {

class DemoFolder {
 public:
  // Makes the folder, and keeps it locked. When an earlier demo made it, it is emptied, unless `keep` and the
  // use is the same. What was there is moved aside and removed by a thread: tens of thousands of files take a
  // minute on a disk that discards. Raises UsageError (there is something else in it), Error unavailable
  // (another demo or its cloud runs there).
  DemoFolder(const std::string& path, const std::string& use, bool keep);
  ~DemoFolder();  // what could not be removed yet is left to the next run
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;

  const std::string& path() const { return path_; }  // absolute
  bool kept() const { return kept_; }                // an earlier run's content is still in it

 private:
  std::string path_;
  int lock_ = -1;
  bool kept_ = false;
  std::jthread removing_;
};

}  // namespace s3dr::app
