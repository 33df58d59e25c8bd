// What the operations of SNS share: its errors, the topic a request names, and what is accepted as an
// attribute of a topic or subscription. What would be accepted and not acted upon is refused with 501.
#pragma once

#include <string>
#include <string_view>

#include "aws/arn.h"
#include "cloud/door/service.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/sns/sns_store.h"
#include "cloud/store/context.h"

namespace s3dr::services {

ServiceError invalid_parameter(std::string_view parameter,
                               std::string_view reason);  // "Invalid parameter: …"
ServiceError not_supported(std::string_view what);        // 501

// A topic's ARN of this region. Refuses InvalidParameter for anything else, another region's topic too.
aws::Arn checked_topic_arn(const std::string& region, const std::string& text);
// The topic, of whatever account: the door has asked its policy (cloud/door/service_access.h). Refuses NotFound.
TopicRow require_topic(cloud::Connection& db, const std::string& region, const std::string& arn);
// Refuses AuthorizationError for who neither subscribed nor owns the topic.
SubscriptionRow require_subscription(cloud::Connection& db, const cloud::ServiceRequest& request,
                                     const std::string& arn);

// Refuses InvalidParameter for what is malformed or unknown; true: it is to be kept (false: it says what is
// so anyway).
bool check_topic_attribute(cloud::GlobalPlane& global, const std::string& name, const std::string& value);
bool check_subscription_attribute(const cloud::ServiceRequest& request, const std::string& region,
                                  const std::string& protocol, const std::string& name,
                                  const std::string& value);

// As GetTopicAttributes tells them, defaults included.
NamedTexts told_topic_attributes(cloud::Connection& db, const std::string& region, const TopicRow& topic);
NamedTexts told_subscription_attributes(const SubscriptionRow& subscription);

// One message of Publish or of a batch's entry: `prefix` is "" or "PublishBatchRequestEntries.member.1.".
// Its message_id is new.
Publication read_publication(const QueryForm& form, const std::string& prefix, Random& random);
std::size_t size_of(const Publication& publication);
inline constexpr std::size_t publication_bytes_max = 262'144;

}  // namespace s3dr::services
