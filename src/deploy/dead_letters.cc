#include "deploy/dead_letters.h"

#include <boost/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "deploy/resources/json_access.h"
#include "deploy/resources/service_calls.h"

namespace s3dr::deploy {
namespace {

namespace json = boost::json;

constexpr int letters_max = 10;  // SQS gives no more at once
constexpr std::size_t body_max = 800;

std::string attribute(const json::value& message, std::string_view name) {
  return text_at(message, {"MessageAttributes", name, "StringValue"});
}

// Each sender has its own form. EventBridge and Lambda's older queues use attributes. SNS sends the message that
// it could not deliver. Lambda's destinations send a document about the invocation.
DeadLetter letter_of(const json::value& message) {
  DeadLetter letter;
  letter.body = text_at(message, {"Body"});
  letter.from = attribute(message, "RULE_ARN");
  letter.reason = attribute(message, "ERROR_CODE");
  if (const std::string more = attribute(message, "ERROR_MESSAGE"); !more.empty())
    letter.reason += (letter.reason.empty() ? "" : ": ") + more;
  boost::system::error_code failure;
  const json::value body = json::parse(letter.body, failure);
  if (failure) return letter;
  if (letter.from.empty()) letter.from = text_at(body, {"requestContext", "functionArn"});
  if (letter.from.empty()) letter.from = text_at(body, {"TopicArn"});
  if (letter.reason.empty()) {
    letter.reason = text_at(body, {"requestContext", "condition"});
    const std::string said = text_at(body, {"responsePayload", "errorMessage"});
    if (!said.empty()) letter.reason += (letter.reason.empty() ? "" : ": ") + said;
  }
  return letter;
}

Task<std::optional<std::string>> url_of(ServiceCalls& calls, std::string name) {
  json::object which{{"QueueName", name}};
  const auto found = co_await calls.json_if_found(sqs_service, "GetQueueUrl", std::move(which));
  if (!found) co_return std::nullopt;
  co_return text_at(*found, {"QueueUrl"});
}

Task<std::vector<DeadLetter>> letters_at(ServiceCalls& calls, std::string url) {
  json::object receive{{"QueueUrl", url},
                       {"MaxNumberOfMessages", letters_max},
                       {"VisibilityTimeout", 0},
                       {"WaitTimeSeconds", 0},
                       {"MessageAttributeNames", json::array{"All"}}};
  const json::value messages = co_await calls.json(sqs_service, "ReceiveMessage", std::move(receive));
  std::vector<DeadLetter> letters;
  for (const json::value& message : list_at(messages, {"Messages"})) letters.push_back(letter_of(message));
  co_return letters;
}

}  // namespace

Task<QueueStatus> read_queue(client::ServiceClient& client, std::string name) {
  ServiceCalls calls(client);
  QueueStatus result;
  result.name = name;
  result.place = client.region().text();
  const auto url = co_await url_of(calls, std::move(name));
  if (!url) co_return result;
  json::object ask{{"QueueUrl", *url}, {"AttributeNames", json::array{"All"}}};
  const json::value answer = co_await calls.json(sqs_service, "GetQueueAttributes", std::move(ask));
  const json::value count = normal_number(at(answer, {"Attributes", "ApproximateNumberOfMessages"}));
  result.messages = count.is_int64() ? count.get_int64() : count_unknown;
  if (result.messages == 0) co_return result;
  result.letters = co_await letters_at(calls, *url);
  for (DeadLetter& letter : result.letters) letter.body = cut_text(letter.body, body_max);
  co_return result;
}

Task<std::optional<std::vector<DeadLetter>>> read_letters(client::ServiceClient& client, std::string name) {
  ServiceCalls calls(client);
  const auto url = co_await url_of(calls, std::move(name));
  if (!url) co_return std::nullopt;
  co_return co_await letters_at(calls, *url);
}

}  // namespace s3dr::deploy
