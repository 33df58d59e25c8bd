// Requests of SQS, SNS and EventBridge in the embedded cloud, as JSON and as forms: any bytes give a value or a
// refusal. What a target of a rule would receive is JSON once its settings were accepted.
//
// Input: a line, the request; then, for a target, the event.
#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/random.h"
#include "cloud/services/common/message_attributes.h"
#include "cloud/services/common/query_json.h"
#include "cloud/services/common/query_protocol.h"
#include "cloud/services/events/event_input.h"
#include "cloud/services/sns/sns_request.h"
#include "cloud/services/sqs/sqs_protocol.h"

namespace {

using namespace s3dr;
namespace json = boost::json;

// Runs what may refuse. Anything else that is thrown is a finding.
template <class Work>
void may_refuse(Work work) {
  try {
    work();
  } catch (const Error&) {
  } catch (const services::ServiceError&) {
  }
}

void read_form(std::string_view text) {
  const services::QueryForm form = services::QueryForm::parse(text);
  may_refuse([&] { services::form_as_json(form.fields()); });
  for (const char* action :
       {"SendMessage", "ReceiveMessage", "SendMessageBatch", "SetQueueAttributes", "TagQueue"}) {
    may_refuse([&] { services::sqs_form_as_json(action, form.fields()); });
  }
  may_refuse([&] { form.tags(); });
  may_refuse([&] { form.map("Attributes.entry"); });
  may_refuse([&] {
    const auto random = make_seeded_random(1);
    const services::Publication publication = services::read_publication(form, "", *random);
    services::size_of(publication);
    const std::string column = services::to_attributes_column(publication.attributes);
    if (services::from_attributes_column(column) != publication.attributes) std::abort();
    services::md5_of(publication.attributes);
  });
}

std::optional<json::object> object_of(std::string_view text) {
  try {
    return services::parse_json_object(text);
  } catch (const services::ServiceError&) {
    return std::nullopt;
  }
}

void feed_target(std::string_view settings, std::string_view event_text) {
  const auto target = object_of(settings);
  const auto event = object_of(event_text);
  if (!target || !event) return;
  may_refuse([&] {
    services::check_input(*target);
    const services::InputContext context{"arn:aws:events:us-west-2:111122223333:rule/r", "r", Instant()};
    const auto input = services::target_input(*target, *event, context);
    if (input && input->size() > services::input_bytes_max) std::abort();
    json::error_code failure;
    json::parse_options options;
    options.max_depth = 10'000;
    if (input) json::parse(*input, failure, {}, options);
    if (failure) std::abort();
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  may_refuse([&] { read_form(text.substr(0, end)); });
  feed_target(text.substr(0, end), text.substr(std::min(end + 1, text.size())));
  return 0;
}
