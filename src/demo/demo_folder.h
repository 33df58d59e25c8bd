// The folder of the demo. A mark in it says which use it was made for. A run of the same use goes on with the
// content or empties the folder. A run of another use empties it. A folder without the mark is never touched.
#pragma once

#include <string>
#include <thread>

namespace s3dr::app {

class DemoFolder {
 public:
  // Makes the folder and keeps it locked. A folder of an earlier demo is emptied, unless `keep` is set and
  // the use is the same.
  // The old content is moved aside and removed by a thread. Removing tens of thousands of files takes a
  // minute on a disk that discards blocks.
  // Raises UsageError when something else is in the folder, Error unavailable when another demo or its cloud
  // uses it.
  DemoFolder(const std::string& path, const std::string& use, bool keep);
  ~DemoFolder();  // what is not removed by then is left to the next run
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
