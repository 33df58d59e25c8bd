// A topic of SNS as the port through which one function hands its work to the next. Creating topics and
// subscriptions is deploy/'s work.
#pragma once

#include <memory>
#include <string>

#include "client/services/service_client.h"
#include "ports/topic.h"

namespace s3dr::client {

// The client must be of the region in `topic_arn` (SNS refuses a topic of another region) and outlive the
// topic. Raises invalid for an ARN that is none of a topic, or of another region.
//
// publish() may be repeated blindly, although SNS has no token for it: a message is a hint ("look at this
// bucket"), whoever gets it re-reads the world, so a second one only looks again. It raises invalid for a
// message that SNS would refuse (empty, over 256 KiB), not_found for a topic that is gone, denied.
std::unique_ptr<ports::Topic> make_sns_topic(ServiceClient& client, std::string topic_arn);

}  // namespace s3dr::client
