#include "s3/xml_bucket.h"

#include <algorithm>

#include "aws/xml.h"

namespace s3dr::s3 {
namespace {

void write_tags(aws::xml::Writer& out, const TagSet& tags) {
  for (const Tag& tag : tags) {
    out.open("Tag");
    out.element("Key", tag.key);
    out.element("Value", tag.value);
    out.close("Tag");
  }
}

TagSet parse_tags(pugi::xml_node list) {
  TagSet tags;
  aws::xml::for_each_element(list, [&](pugi::xml_node item, std::string_view name) {
    if (name == "Tag")
      tags.push_back({aws::xml::required_text(item, "Key"), aws::xml::required_text(item, "Value")});
  });
  return tags;
}

constexpr std::string_view default_region = "us-east-1";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

std::string write_create_bucket_request(const CreateBucketConfiguration& value) {
  aws::xml::Writer out("CreateBucketConfiguration", aws::xml::s3_namespace);
  out.optional_element("LocationConstraint", value.location_constraint);
  if (!value.tags.empty()) {
    out.open("Tags");
    write_tags(out, value.tags);
    out.close("Tags");
  }
  return std::move(out).finish();
}

CreateBucketConfiguration parse_create_bucket_request(std::string_view text) {
  CreateBucketConfiguration result;
  if (is_blank(text)) return result;
  const aws::xml::Document document(text);
  const pugi::xml_node root = document.root("CreateBucketConfiguration");
  result.location_constraint = aws::xml::child_text(root, "LocationConstraint");
  result.tags = parse_tags(aws::xml::child(root, "Tags"));
  return result;
}

std::string write_versioning(Versioning value) {
  aws::xml::Writer out("VersioningConfiguration", aws::xml::s3_namespace);
  if (value != Versioning::never_enabled) {
    out.element("Status", value == Versioning::enabled ? "Enabled" : "Suspended");
  }
  return std::move(out).finish();
}

Versioning parse_versioning(std::string_view text) {
  const aws::xml::Document document(text);
  const pugi::xml_node status = aws::xml::child(document.root("VersioningConfiguration"), "Status");
  if (!status) return Versioning::never_enabled;
  const std::string value = aws::xml::trimmed_text(status);
  if (value == "Enabled") return Versioning::enabled;
  if (value == "Suspended") return Versioning::suspended;
  aws::xml::refuse("Status is neither Enabled nor Suspended");
}

std::string write_tagging(const TagSet& tags) {
  aws::xml::Writer out("Tagging", aws::xml::s3_namespace);
  out.open("TagSet");
  write_tags(out, tags);
  out.close("TagSet");
  return std::move(out).finish();
}

TagSet parse_tagging(std::string_view text) {
  const aws::xml::Document document(text);
  return parse_tags(aws::xml::required_child(document.root("Tagging"), "TagSet"));
}

std::string write_location_result(const Region& region) {
  aws::xml::Writer out("LocationConstraint", aws::xml::s3_namespace);
  if (region.text() != default_region) {
    std::string escaped;
    aws::xml::append_escaped(escaped, region.text());
    out.raw(escaped);
  }
  return std::move(out).finish();
}

std::string write_list_buckets_result(const BucketPage& page, std::string_view prefix,
                                      std::string_view owner_id, bool with_region) {
  aws::xml::Writer out("ListAllMyBucketsResult", aws::xml::s3_namespace, 512 + page.buckets.size() * 160);
  out.open("Owner");
  out.element("ID", owner_id);
  out.close("Owner");
  out.open("Buckets");
  for (const BucketSummary& bucket : page.buckets) {
    out.open("Bucket");
    out.element("Name", bucket.name.text());
    out.element("CreationDate", bucket.created);
    if (with_region) out.optional_element("BucketRegion", bucket.region.text());
    out.close("Bucket");
  }
  out.close("Buckets");
  out.optional_element("Prefix", prefix);
  out.optional_element("ContinuationToken", page.continuation_token);
  return std::move(out).finish();
}

BucketPage parse_list_buckets_result(std::string_view text) {
  const aws::xml::Document document(text);
  const pugi::xml_node root = document.root("ListAllMyBucketsResult");
  BucketPage page;
  aws::xml::for_each_element(
      aws::xml::child(root, "Buckets"), [&](pugi::xml_node item, std::string_view name) {
        if (name != "Bucket") return;
        BucketSummary bucket;
        std::string bucket_name = aws::xml::trimmed_text(aws::xml::required_child(item, "Name"));
        // One odd name must not hide the buckets beside it.
        if (BucketName::why_impossible(bucket_name)) {
          page.other_names.push_back(std::move(bucket_name));
          return;
        }
        bucket.name = BucketName::parse(bucket_name);
        bucket.created = aws::xml::instant(aws::xml::required_child(item, "CreationDate"));
        const std::string region = aws::xml::trimmed_text(aws::xml::child(item, "BucketRegion"));
        if (!region.empty()) bucket.region = Region::parse(region);
        page.buckets.push_back(std::move(bucket));
      });
  page.continuation_token = aws::xml::child_text(root, "ContinuationToken");
  return page;
}

std::string write_tag_resource_request(const TagSet& tags) {
  aws::xml::Writer out("TagResourceRequest", aws::xml::control_namespace);
  out.open("Tags");
  write_tags(out, tags);
  out.close("Tags");
  return std::move(out).finish();
}

TagSet parse_tag_resource_request(std::string_view text) {
  const aws::xml::Document document(text);
  return parse_tags(aws::xml::required_child(document.root("TagResourceRequest"), "Tags"));
}

std::string write_list_tags_for_resource_result(const TagSet& tags) {
  aws::xml::Writer out("ListTagsForResourceResult", aws::xml::control_namespace);
  out.open("Tags");
  write_tags(out, tags);
  out.close("Tags");
  return std::move(out).finish();
}

}  // namespace s3dr::s3
