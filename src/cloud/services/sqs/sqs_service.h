// SQS: standard queues, their messages, long polling, dead letters, tags. Answered with 501: FIFO queues,
// encryption, message-move tasks, AddPermission (set Policy instead). Protocols: sqs_protocol.
#pragma once

#include <memory>

#include "cloud/door/service.h"

namespace s3dr::services {

std::unique_ptr<cloud::Service> make_sqs_service(cloud::RegionContext& region);

}  // namespace s3dr::services
