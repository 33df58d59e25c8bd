// SQS's operations on messages: send, receive, delete and change visibility.
// All but receive also have a batch form.
#pragma once

#include <boost/json.hpp>
#include <memory>

#include "cloud/door/service.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// The requests that wait for a message (long polling). The waiting requests keep the state alive.
class MessageWaiters {
 public:
  MessageWaiters();
  ~MessageWaiters();
  void notify_all();

  struct State;
  std::shared_ptr<State> state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

// Operations of the JSON protocol (cloud/services/common/json_protocol.h). Refusals are ServiceErrors.
using SqsOperation = Task<boost::json::value>(cloud::RegionContext&, const MessageWaiters&,
                                              const cloud::ServiceRequest&, const boost::json::object&);
SqsOperation send_message, send_message_batch, receive_message, delete_message_operation,
    delete_message_batch, change_message_visibility, change_message_visibility_batch;

}  // namespace s3dr::services
