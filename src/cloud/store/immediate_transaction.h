// A write transaction on the global plane's database, which the processes of other regions write to as well.
#pragma once

#include "cloud/store/database.h"

namespace s3dr::cloud {

// Undone unless committed. It takes the write lock at its begin (BEGIN IMMEDIATE): other regions' processes
// write too, and taking the lock later could only fail. Do not hold a transaction across an await.
class ImmediateTransaction {
 public:
  explicit ImmediateTransaction(Connection& connection) : connection_(connection) {
    connection_.execute("BEGIN IMMEDIATE");
  }
  ~ImmediateTransaction() {
    if (committed_ || !connection_.in_transaction()) return;
    try {
      connection_.execute("ROLLBACK");
    } catch (...) {
      // The connection refuses everything from here on; its next user gets the error.
      return;
    }
  }
  ImmediateTransaction(const ImmediateTransaction&) = delete;
  ImmediateTransaction& operator=(const ImmediateTransaction&) = delete;

  void commit() {
    connection_.execute("COMMIT");
    committed_ = true;
  }

 private:
  Connection& connection_;
  bool committed_ = false;
};

}  // namespace s3dr::cloud
