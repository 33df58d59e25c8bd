// Which events of the bucket go to which topic, queue and function. Replicas make events too.
// Source: docs/protocol.md, Bucket settings (PutBucketNotificationConfiguration).
#include <tuple>

#include "dr/settings/kinds.h"
#include "dr/settings/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{
      "NotificationConfiguration",
      {"TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration", "EventBridgeConfiguration",
       "Id", "Topic", "Queue", "CloudFunction", "Event", "Filter", "Name", "Value"},
      {}};
  return value;
}

// S3 takes the names of filters in any case and gives them back with a capital.
void name_filters(XmlElement& element) {
  if (element.name == "FilterRule") {
    for (XmlElement& child : element.children) {
      if (child.name != "Name") continue;
      if (says(&child, "prefix")) child.text = "Prefix";
      if (says(&child, "suffix")) child.text = "Suffix";
    }
  }
  for (XmlElement& child : element.children) name_filters(child);
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.children.empty()) return std::nullopt;
  name_filters(root);
  bring_into_order(root, form());
  return document_text(root);
}

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (!source) return result;
  XmlElement root = read_element(*source, form().root);
  std::erase_if(root.children, [&](XmlElement& one) {
    for (const std::string_view place : {"Topic", "Queue", "CloudFunction"}) {
      if (one.child(place) == nullptr) continue;
      const std::string arn = one.text_of(place);
      const auto other = mapped(context.policy, arn);
      if (!other) {
        result.left_out.push_back(arn + " is of the source's region, and no mapping names its counterpart");
        return true;
      }
      one.set(place, *other);
    }
    return false;
  });
  result.document = normal_form(document_text(root));
  return result;
}

std::string summary(const SettingDocument& document) {
  if (!document) return "none";
  const XmlElement root = read_element(*document, form().root);
  std::string text;
  for (const auto& [name, one, many] : {std::tuple{"TopicConfiguration", "topic", "topics"},
                                        {"QueueConfiguration", "queue", "queues"},
                                        {"CloudFunctionConfiguration", "function", "functions"}}) {
    const std::size_t count = root.all(name).size();
    if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, one, many);
  }
  if (root.child("EventBridgeConfiguration") != nullptr)
    text += text.empty() ? "EventBridge" : ", EventBridge";
  return text;
}

}  // namespace

Setting notification_setting() {
  return {s3::SettingKind::notification,
          "notifications",
          Follow::on_failover,
          "a replica makes events of its own: whoever listens would do everything twice",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
