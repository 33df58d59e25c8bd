// DeleteObjects, request and result. Keys are never percent-encoded here: odd bytes are written as XML
// references.
#include <utility>

#include "aws/xml.h"
#include "s3/http_fields.h"
#include "s3/xml_error.h"
#include "s3/xml_object.h"

namespace s3dr::s3 {
namespace {

ObjectKey required_key(pugi::xml_node element) {
  ObjectKey key(aws::xml::required_text(element, "Key"));
  if (key.empty()) aws::xml::refuse("Key is empty");
  return key;
}

}  // namespace

std::string write_delete_request(const DeleteRequest& value) {
  aws::xml::Writer out("Delete", aws::xml::s3_namespace, 256 + value.items.size() * 160);
  for (const DeleteRequest::Item& item : value.items) {
    out.open("Object");
    out.element("Key", item.key.bytes());
    out.optional_element("VersionId", item.version_id.text());
    if (!item.etag.empty()) out.quoted_element("ETag", item.etag);
    out.close("Object");
  }
  if (value.quiet) out.element("Quiet", true);
  return std::move(out).finish();
}

DeleteRequest parse_delete_request(std::string_view text) {
  const aws::xml::Document document(text);
  DeleteRequest result;
  aws::xml::for_each_element(document.root("Delete"), [&](pugi::xml_node item, std::string_view name) {
    if (name == "Quiet") result.quiet = aws::xml::boolean(item);
    if (name != "Object") return;
    result.items.push_back({required_key(item), VersionId(aws::xml::child_text(item, "VersionId")),
                            unquote_etag(aws::xml::child_text(item, "ETag"))});
  });
  if (result.items.empty()) aws::xml::refuse("there is no Object");
  return result;
}

std::string write_delete_result(const DeleteResult& value) {
  aws::xml::Writer out("DeleteResult", aws::xml::s3_namespace,
                       256 + (value.deleted.size() + value.failed.size()) * 240);
  for (const DeleteResult::Deleted& item : value.deleted) {
    out.open("Deleted");
    out.element("Key", item.key.bytes());
    out.optional_element("VersionId", item.version_id.text());
    if (item.delete_marker) out.element("DeleteMarker", true);
    out.optional_element("DeleteMarkerVersionId", item.delete_marker_version_id.text());
    out.close("Deleted");
  }
  for (const DeleteResult::Failed& item : value.failed) {
    out.open("Error");
    out.element("Key", item.key.bytes());
    out.optional_element("VersionId", item.version_id.text());
    out.element("Code", item.code);
    out.element("Message", item.message);
    out.close("Error");
  }
  return std::move(out).finish();
}

DeleteResult parse_delete_result(std::string_view text) {
  const aws::xml::Document document(text);
  DeleteResult result;
  aws::xml::for_each_element(result_root(document, "DeleteResult"), [&](pugi::xml_node item,
                                                                        std::string_view name) {
    if (name == "Deleted") {
      const pugi::xml_node marker = aws::xml::child(item, "DeleteMarker");
      result.deleted.push_back({required_key(item), VersionId(aws::xml::child_text(item, "VersionId")),
                                marker && aws::xml::boolean(marker),
                                VersionId(aws::xml::child_text(item, "DeleteMarkerVersionId"))});
    } else if (name == "Error") {
      result.failed.push_back({required_key(item), VersionId(aws::xml::child_text(item, "VersionId")),
                               aws::xml::required_text(item, "Code"), aws::xml::child_text(item, "Message")});
    }
  });
  return result;
}

}  // namespace s3dr::s3
