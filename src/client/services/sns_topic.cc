#include "client/services/sns_topic.h"

#include <fmt/format.h>

#include <utility>

#include "aws/arn.h"
#include "base/error.h"

namespace s3dr::client {
namespace {

constexpr std::size_t message_bytes_max = 256 * 1024;

class SnsTopic : public ports::Topic {
 public:
  SnsTopic(ServiceClient& client, std::string arn) : client_(client), arn_(std::move(arn)) {}

  Task<> publish(std::string message) override {
    if (message.empty() || message.size() > message_bytes_max) {
      throw Error(ErrorKind::invalid, fmt::format("a message has 1 to {} bytes, this one has {}",
                                                  message_bytes_max, message.size()))
          .with_resource(arn_);
    }
    ServiceCall call = query_call("sns", "Publish", "2010-03-31",
                                  {{"TopicArn", arn_}, {"Message", std::move(message)}}, Repeatable::always);
    const auto outcome = co_await client_.call(std::move(call));
    if (!outcome) throw Error(outcome.error()).with_resource(arn_);
  }

 private:
  ServiceClient& client_;
  std::string arn_;
};

}  // namespace

std::unique_ptr<ports::Topic> make_sns_topic(ServiceClient& client, std::string topic_arn) {
  const auto arn = aws::parse_arn(topic_arn);
  if (!arn || arn->service != "sns" || !aws::is_account_id(arn->account) ||
      arn->resource.find(':') != std::string::npos) {
    throw Error(ErrorKind::invalid, fmt::format("\"{}\" is not the ARN of a topic", topic_arn))
        .with_advice("write it as arn:aws:sns:REGION:ACCOUNT:NAME");
  }
  if (arn->region != client.region().text()) {
    throw Error(ErrorKind::invalid, fmt::format("the topic is in {}, and the client asks {}", arn->region,
                                                client.region().text()))
        .with_resource(topic_arn)
        .with_advice("SNS answers only for topics of its own region: use a client of the topic's region");
  }
  return std::make_unique<SnsTopic>(client, std::move(topic_arn));
}

}  // namespace s3dr::client
