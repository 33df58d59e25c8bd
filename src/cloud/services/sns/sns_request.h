// What the operations of SNS share: its errors, the topic that a request names, and the attributes of topics
// and subscriptions that are accepted. An attribute that this cloud does not act on is refused with 501.
#pragma once

#include <string>
#include <string_view>

#include "aws/arn.h"
#include "cloud/door/service.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/sns/sns_store.h"
#include "cloud/store/context.h"

namespace s3dr::services {

// "Invalid parameter: …"
ServiceError invalid_parameter(std::string_view parameter, std::string_view reason);
ServiceError not_implemented(std::string_view what);  // 501

// The ARN of a topic of this region. Refuses InvalidParameter for anything else,
// also for a topic of another region.
aws::Arn checked_topic_arn(const std::string& region, const std::string& text);
// The topic. It may belong to any account: the door has asked its policy (cloud/door/service_access.h).
// Refuses NotFound.
TopicRow require_topic(cloud::Connection& db, const std::string& region, const std::string& arn);
// Refuses AuthorizationError if the caller neither made the subscription nor owns the topic.
SubscriptionRow require_subscription(cloud::Connection& db, const cloud::ServiceRequest& request,
                                     const std::string& arn);

// Both refuse InvalidParameter for a malformed or unknown attribute. True: keep it. False: its value is true
// here anyway, so it need not be kept.
bool check_topic_attribute(cloud::GlobalPlane& global, const std::string& name, const std::string& value);
bool check_subscription_attribute(const cloud::ServiceRequest& request, const std::string& region,
                                  const std::string& protocol, const std::string& name,
                                  const std::string& value);

// The attributes as GetTopicAttributes and GetSubscriptionAttributes show them, with defaults.
NamedTexts told_topic_attributes(cloud::Connection& db, const std::string& region, const TopicRow& topic);
NamedTexts told_subscription_attributes(const SubscriptionRow& subscription);

// The message of a Publish (`prefix` "") or of a batch's entry (`prefix`
// "PublishBatchRequestEntries.member.1."). It gets a new message_id.
Publication read_publication(const QueryForm& form, const std::string& prefix, Random& random);
std::size_t size_of(const Publication& publication);
inline constexpr std::size_t publication_bytes_max = 262'144;

}  // namespace s3dr::services
