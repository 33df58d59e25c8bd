// Event notifications. A replica would send the same events a second time, so they are kept for a failover.
// Topics, queues and functions are those of the replica's region.
// Source: docs/protocol.md, Bucket settings (PutBucketNotificationConfiguration).
#include <algorithm>

#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

const XmlForm& form() {
  static const XmlForm value{
      "NotificationConfiguration",
      {"TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration", "EventBridgeConfiguration",
       "Id", "Topic", "Queue", "CloudFunction", "Event", "Filter", "S3Key", "FilterRule", "Name", "Value"},
      {}};
  return value;
}

void lower_names(XmlElement& element) {
  for (XmlElement& child : element.children) lower_names(child);
  if (element.name != "FilterRule") return;
  // S3 answers "Prefix" for the "prefix" that was put.
  std::string name = without_blanks(element.text_of("Name"));
  for (char& letter : name)
    letter = (letter >= 'A' && letter <= 'Z') ? static_cast<char>(letter + 32) : letter;
  element.set("Name", name);
}

SettingDocument normal_form(std::string_view document) {
  XmlElement root = read_element(document, form().root);
  if (root.children.empty()) return std::nullopt;
  lower_names(root);
  bring_into_order(root, form());
  return document_text(root);
}

constexpr std::string_view targets[] = {"Topic", "Queue", "CloudFunction"};

Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Transformed result;
  if (!source) return result;
  XmlElement root = read_element(*source, form().root);
  std::erase_if(root.children, [&](XmlElement& configuration) {
    for (XmlElement& child : configuration.children) {
      if (std::ranges::find(targets, child.name) == std::end(targets)) continue;
      const auto other = mapped(context.policy, child.text);
      if (!other) {
        result.left_out.push_back("notifications to " + child.text + ": name its counterpart in " +
                                  context.replica.region.text() + " in settings.mappings");
        return true;
      }
      child.text = *other;
    }
    return false;
  });
  if (root.children.empty()) return result;
  bring_into_order(root, form());
  result.document = document_text(root);
  return result;
}

std::string summary(const SettingDocument& document) {
  if (!document) return "not set";
  const XmlElement root = read_element(*document, form().root);
  const std::size_t bridge = root.all("EventBridgeConfiguration").size();
  std::string text = counted(root.children.size() - bridge, "target", "targets");
  return bridge == 0 ? text : text + ", EventBridge";
}

}  // namespace

Setting notification_setting() {
  return {s3::SettingKind::notification,
          "notifications",
          Follow::on_failover,
          "a replica would send every event a second time, so they are set when it becomes the active side",
          normal_form,
          transform,
          equal_or_neutral,
          summary};
}

}  // namespace s3dr::dr
