// A topic of SNS as the port with which one function hands its work to the next. deploy/ makes topics and
// subscriptions.
#pragma once

#include <memory>
#include <string>

#include "client/services/service_client.h"
#include "ports/topic.h"

namespace s3dr::client {

// The client must be of the region in `topic_arn`, because SNS refuses a topic of another region. It must
// outlive the topic. Raises invalid for an ARN that is not a topic's or is of another region.
//
// publish() may be repeated, although SNS has no token against duplicates. A message is a hint ("look at this
// bucket"), and the receiver reads the world again. So a duplicate only causes one more look.
// publish() raises invalid for a message that SNS would refuse (empty, over 256 KiB), not_found for a topic
// that is gone, denied.
std::unique_ptr<ports::Topic> make_sns_topic(ServiceClient& client, std::string topic_arn);

}  // namespace s3dr::client
