// Copy results, and the documents of a multipart upload except the list of uploads (xml_listing.cc).
#include <utility>

#include "aws/xml.h"
#include "s3/http_fields.h"
#include "s3/xml_error.h"
#include "s3/xml_object.h"

namespace s3dr::s3 {
namespace {

constexpr std::string_view checksum_prefix = "Checksum";
constexpr int part_number_max = 10'000;

void write_checksums(aws::xml::Writer& out, const Checksums& checksums) {
  for (const auto& [algorithm, value] : checksums) {
    out.element(std::string(checksum_prefix) + algorithm, value);
  }
}

// <ChecksumCRC32C> → "CRC32C"; the two other elements that begin so are no checksums.
void read_checksum(Checksums& to, pugi::xml_node item, std::string_view name) {
  if (!name.starts_with(checksum_prefix) || name.size() == checksum_prefix.size()) return;
  if (name == "ChecksumType" || name == "ChecksumAlgorithm") return;
  std::string value = aws::xml::trimmed_text(item);
  if (!value.empty()) to.insert_or_assign(std::string(name.substr(checksum_prefix.size())), std::move(value));
}

int read_part_number(pugi::xml_node node) {
  const int number = aws::xml::number<int>(node);
  if (number < 1 || number > part_number_max) aws::xml::refuse("PartNumber must be from 1 to 10000");
  return number;
}

void write_owner(aws::xml::Writer& out, std::string_view name, std::string_view owner_id) {
  if (owner_id.empty()) return;
  out.open(name);
  out.element("ID", owner_id);
  out.close(name);
}

}  // namespace

std::string write_copy_result(std::string_view root, const CopyResult& value) {
  aws::xml::Writer out(root, aws::xml::s3_namespace);
  out.quoted_element("ETag", value.etag);
  out.element("LastModified", value.last_modified);
  write_checksums(out, value.checksums);
  out.optional_element("ChecksumType", value.checksum_type);
  return std::move(out).finish();
}

CopyResult parse_copy_result(std::string_view text) {
  const aws::xml::Document document(text);
  const bool is_part = aws::xml::local_name(document.any_root()) == "CopyPartResult";
  const pugi::xml_node root = result_root(document, is_part ? "CopyPartResult" : "CopyObjectResult");
  CopyResult result;
  result.etag = unquote_etag(aws::xml::required_text(root, "ETag"));
  result.last_modified = aws::xml::instant(aws::xml::required_child(root, "LastModified"));
  result.checksum_type = aws::xml::child_text(root, "ChecksumType");
  aws::xml::for_each_element(
      root, [&](pugi::xml_node item, std::string_view name) { read_checksum(result.checksums, item, name); });
  return result;
}

std::string write_initiate_multipart_upload_result(const MultipartUpload& value) {
  aws::xml::Writer out("InitiateMultipartUploadResult", aws::xml::s3_namespace);
  out.element("Bucket", value.bucket);
  out.element("Key", value.key.bytes());
  out.element("UploadId", value.upload_id);
  return std::move(out).finish();
}

MultipartUpload parse_initiate_multipart_upload_result(std::string_view text) {
  const aws::xml::Document document(text);
  const pugi::xml_node root = result_root(document, "InitiateMultipartUploadResult");
  MultipartUpload result;
  result.bucket = aws::xml::child_text(root, "Bucket");
  result.key = ObjectKey(aws::xml::child_text(root, "Key"));
  result.upload_id = aws::xml::required_text(root, "UploadId");
  if (result.upload_id.empty()) aws::xml::refuse("UploadId is empty");
  return result;
}

std::string write_complete_multipart_upload_request(const std::vector<CompletedPart>& parts) {
  aws::xml::Writer out("CompleteMultipartUpload", aws::xml::s3_namespace, 256 + parts.size() * 200);
  for (const CompletedPart& part : parts) {
    out.open("Part");
    out.quoted_element("ETag", part.etag);
    write_checksums(out, part.checksums);
    out.element("PartNumber", part.part_number);
    out.close("Part");
  }
  return std::move(out).finish();
}

std::vector<CompletedPart> parse_complete_multipart_upload_request(std::string_view text) {
  const aws::xml::Document document(text);
  std::vector<CompletedPart> parts;
  aws::xml::for_each_element(
      document.root("CompleteMultipartUpload"), [&](pugi::xml_node item, std::string_view name) {
        if (name != "Part") return;
        CompletedPart part;
        part.part_number = read_part_number(aws::xml::required_child(item, "PartNumber"));
        part.etag = unquote_etag(aws::xml::required_text(item, "ETag"));
        aws::xml::for_each_element(item, [&](pugi::xml_node field, std::string_view field_name) {
          read_checksum(part.checksums, field, field_name);
        });
        parts.push_back(std::move(part));
      });
  if (parts.empty()) aws::xml::refuse("there is no Part");
  return parts;
}

std::string write_complete_multipart_upload_result(const CompleteResult& value) {
  aws::xml::Writer out("CompleteMultipartUploadResult", aws::xml::s3_namespace);
  out.element("Location", value.location);
  out.element("Bucket", value.bucket);
  out.element("Key", value.key.bytes());
  out.quoted_element("ETag", value.etag);
  write_checksums(out, value.checksums);
  out.optional_element("ChecksumType", value.checksum_type);
  return std::move(out).finish();
}

CompleteResult parse_complete_multipart_upload_result(std::string_view text) {
  const aws::xml::Document document(text);
  const pugi::xml_node root = result_root(document, "CompleteMultipartUploadResult");
  CompleteResult result;
  result.location = aws::xml::child_text(root, "Location");
  result.bucket = aws::xml::child_text(root, "Bucket");
  result.key = ObjectKey(aws::xml::child_text(root, "Key"));
  result.etag = unquote_etag(aws::xml::required_text(root, "ETag"));
  result.checksum_type = aws::xml::child_text(root, "ChecksumType");
  aws::xml::for_each_element(
      root, [&](pugi::xml_node item, std::string_view name) { read_checksum(result.checksums, item, name); });
  return result;
}

std::string write_list_parts_result(const PartPage& page, std::string_view owner_id) {
  aws::xml::Writer out("ListPartsResult", aws::xml::s3_namespace, 512 + page.parts.size() * 260);
  out.element("Bucket", page.bucket);
  out.element("Key", page.key.bytes());
  out.element("UploadId", page.upload_id);
  out.element("PartNumberMarker", page.part_number_marker);
  if (page.next_part_number_marker != 0) out.element("NextPartNumberMarker", page.next_part_number_marker);
  out.element("MaxParts", page.parts_max);
  out.element("IsTruncated", page.is_truncated);
  for (const ListedPart& part : page.parts) {
    out.open("Part");
    out.element("PartNumber", part.part_number);
    out.element("LastModified", part.last_modified);
    out.quoted_element("ETag", part.etag);
    out.element("Size", part.size);
    write_checksums(out, part.checksums);
    out.close("Part");
  }
  write_owner(out, "Initiator", owner_id);
  write_owner(out, "Owner", owner_id);
  out.element("StorageClass", "STANDARD");
  out.optional_element("ChecksumAlgorithm", page.checksum_algorithm);
  out.optional_element("ChecksumType", page.checksum_type);
  return std::move(out).finish();
}

PartPage parse_list_parts_result(std::string_view text) {
  const aws::xml::Document document(text);
  PartPage page;
  aws::xml::for_each_element(
      document.root("ListPartsResult"), [&](pugi::xml_node item, std::string_view name) {
        if (name == "Bucket") {
          page.bucket = aws::xml::text(item);
        } else if (name == "Key") {
          page.key = ObjectKey(aws::xml::text(item));
        } else if (name == "UploadId") {
          page.upload_id = aws::xml::text(item);
        } else if (name == "PartNumberMarker") {
          page.part_number_marker = aws::xml::number<int>(item);
        } else if (name == "NextPartNumberMarker") {
          page.next_part_number_marker = aws::xml::number<int>(item);
        } else if (name == "MaxParts") {
          page.parts_max = aws::xml::number<int>(item);
        } else if (name == "IsTruncated") {
          page.is_truncated = aws::xml::boolean(item);
        } else if (name == "ChecksumAlgorithm") {
          page.checksum_algorithm = aws::xml::text(item);
        } else if (name == "ChecksumType") {
          page.checksum_type = aws::xml::text(item);
        } else if (name == "Part") {
          ListedPart part;
          part.part_number = read_part_number(aws::xml::required_child(item, "PartNumber"));
          part.last_modified = aws::xml::instant(aws::xml::required_child(item, "LastModified"));
          part.etag = unquote_etag(aws::xml::required_text(item, "ETag"));
          part.size = aws::xml::number<std::uint64_t>(aws::xml::required_child(item, "Size"));
          aws::xml::for_each_element(item, [&](pugi::xml_node field, std::string_view field_name) {
            read_checksum(part.checksums, field, field_name);
          });
          page.parts.push_back(std::move(part));
        }
      });
  if (page.is_truncated && page.next_part_number_marker <= page.part_number_marker) {
    aws::xml::refuse("a truncated listing that does not say where to go on");
  }
  return page;
}

}  // namespace s3dr::s3
