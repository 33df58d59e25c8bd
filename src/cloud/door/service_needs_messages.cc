// The accesses that requests to SNS, SQS and EventBridge need.
#include <algorithm>

#include "aws/arn.h"
#include "cloud/door/service_access.h"
#include "cloud/door/service_needs.h"

namespace s3dr::cloud {
namespace {

constexpr Naming topics[] = {{"DeleteTopic", "TopicArn"},
                             {"GetTopicAttributes", "TopicArn"},
                             {"SetTopicAttributes", "TopicArn"},
                             {"Subscribe", "TopicArn"},
                             {"ListSubscriptionsByTopic", "TopicArn"},
                             {"Publish", "TopicArn"},
                             {"PublishBatch", "TopicArn"},
                             {"TagResource", "ResourceArn"},
                             {"UntagResource", "ResourceArn"},
                             {"ListTagsForResource", "ResourceArn"}};

std::string topic_of(const Asked& asked) {
  if (asked.operation() == "CreateTopic") return asked.arn("sns", asked.fields.text("Name"));
  const auto* const naming = std::ranges::find(topics, asked.operation(), &Naming::operation);
  if (naming == std::end(topics)) return "*";
  std::string topic = asked.fields.text(naming->field);
  if (topic.empty() && asked.operation() == "Publish") topic = asked.fields.text("TargetArn");
  return topic.empty() ? "*" : topic;
}

// The queue's ARN, from "…/111122223333/name"; "*": not the address of a queue.
std::string queue_at(const Asked& asked, const std::string& url) {
  const std::size_t slash = url.rfind('/');
  if (slash == std::string::npos || slash == 0) return "*";
  const std::size_t before = url.rfind('/', slash - 1);
  const std::string account = before == std::string::npos ? "" : url.substr(before + 1, slash - before - 1);
  return aws::to_string({"aws", "sqs", asked.region.options.region.text(), account, url.substr(slash + 1)});
}

constexpr std::string_view of_queues[] = {"DeleteQueue",
                                          "GetQueueAttributes",
                                          "SetQueueAttributes",
                                          "PurgeQueue",
                                          "TagQueue",
                                          "UntagQueue",
                                          "ListQueueTags",
                                          "SendMessage",
                                          "SendMessageBatch",
                                          "ReceiveMessage",
                                          "DeleteMessage",
                                          "DeleteMessageBatch",
                                          "ChangeMessageVisibility",
                                          "ChangeMessageVisibilityBatch"};

std::string queue_of(const Asked& asked) {
  const std::string_view operation = asked.operation();
  const std::string name = asked.fields.text("QueueName");
  if (operation == "CreateQueue") return asked.arn("sqs", name);
  if (operation == "GetQueueUrl") {
    const std::string owner = asked.fields.text("QueueOwnerAWSAccountId");
    return owner.empty() ? asked.arn("sqs", name) : queue_at(asked, "/" + owner + "/" + name);
  }
  if (std::ranges::find(of_queues, operation) == std::end(of_queues)) return "*";
  return queue_at(asked, named_queue(asked.request, asked.fields.text("QueueUrl")));
}

constexpr Naming event_resources[] = {{"PutRule", "Name", "rule/"},
                                      {"DescribeRule", "Name", "rule/"},
                                      {"EnableRule", "Name", "rule/"},
                                      {"DisableRule", "Name", "rule/"},
                                      {"DeleteRule", "Name", "rule/"},
                                      {"PutTargets", "Rule", "rule/"},
                                      {"RemoveTargets", "Rule", "rule/"},
                                      {"ListTargetsByRule", "Rule", "rule/"},
                                      {"TagResource", "ResourceARN"},
                                      {"UntagResource", "ResourceARN"},
                                      {"ListTagsForResource", "ResourceARN"},
                                      {"DescribeEventBus", "Name", "event-bus/"},
                                      {"CreateConnection", "Name", "connection/"},
                                      {"DescribeConnection", "Name", "connection/"},
                                      {"DeleteConnection", "Name", "connection/"},
                                      {"CreateApiDestination", "Name", "api-destination/"},
                                      {"UpdateApiDestination", "Name", "api-destination/"},
                                      {"DescribeApiDestination", "Name", "api-destination/"},
                                      {"DeleteApiDestination", "Name", "api-destination/"}};

// A name or an ARN → the name.
std::string bus_name(const std::string& text) {
  return text.empty() ? "default" : text.substr(text.rfind('/') + 1);
}

std::string event_resource(const Asked& asked) {
  const auto* const naming = std::ranges::find(event_resources, asked.operation(), &Naming::operation);
  if (naming == std::end(event_resources)) return "*";
  std::string name = asked.fields.text(naming->field);
  if (naming->kind == "event-bus/") return asked.arn("events", "event-bus/" + bus_name(name));
  if (name.empty()) return "*";
  if (naming->kind.empty()) return name;  // an ARN
  if (naming->kind == "rule/") {
    const std::string bus = bus_name(asked.fields.text("EventBusName"));
    if (bus != "default") name.insert(0, bus + "/");
  }
  return asked.arn("events", std::string(naming->kind) + name);
}

Accesses of_put_events(const Asked& asked) {
  const std::string action = asked.action("PutEvents");
  Accesses accesses;
  for (const std::string& bus : asked.fields.texts_in("Entries", "EventBusName")) {
    accesses.push_back(
        access_to(action, bus.starts_with("arn:") ? bus : asked.arn("events", "event-bus/" + bus_name(bus))));
  }
  if (accesses.empty()) accesses.push_back({action, "*"});
  return accesses;
}

}  // namespace

Accesses needed_of_sns(const Asked& asked) {
  const std::string_view operation = asked.operation();
  if (operation == "Unsubscribe" || operation == "GetSubscriptionAttributes" ||
      operation == "SetSubscriptionAttributes") {
    // The ARN of a subscription contains its topic's: "arn:aws:sns:r:a:topic:id". But the subscriber owns it.
    // SNS checks that.
    const std::string subscription = asked.fields.text("SubscriptionArn");
    const bool whole = std::ranges::count(subscription, ':') == 6;
    Access access =
        access_to(asked.action(operation), whole ? subscription.substr(0, subscription.rfind(':')) : "*");
    access.identity_only = true;
    return {access};
  }
  const std::string_view name = operation == "PublishBatch" ? "Publish" : operation;
  Accesses accesses = {access_to(asked.action(name), topic_of(asked))};
  if (operation == "CreateTopic") add_tagging(accesses, asked, "TagResource");
  return accesses;
}

Accesses needed_of_sqs(const Asked& asked) {
  std::string_view operation = asked.operation();
  constexpr std::string_view batch = "Batch";
  if (operation.ends_with(batch)) operation.remove_suffix(batch.size());
  Accesses accesses = {access_to(asked.action(operation), queue_of(asked))};
  if (operation == "CreateQueue") add_tagging(accesses, asked, "TagQueue");
  return accesses;
}

Accesses needed_of_events(const Asked& asked) {
  const std::string_view operation = asked.operation();
  if (operation == "PutEvents") return of_put_events(asked);
  Accesses accesses = {access_to(asked.action(operation), event_resource(asked))};
  if (operation == "PutRule") {
    add_tagging(accesses, asked, "TagResource");
    add_pass_role(accesses, asked.fields.text("RoleArn"), "events.amazonaws.com");
  }
  if (operation == "PutTargets") {
    for (const std::string& role : asked.fields.texts_in("Targets", "RoleArn"))
      add_pass_role(accesses, role, "events.amazonaws.com");
  }
  return accesses;
}

}  // namespace s3dr::cloud
