// Listings. A page has up to 1000 entries and is the most frequent large answer. So writing appends to one
// string, and reading visits each element once.
#include <utility>

#include "aws/xml.h"
#include "base/encoding.h"
#include "s3/xml_object.h"

namespace s3dr::s3 {
namespace {

constexpr std::size_t bytes_per_entry = 420;  // a generous guess: one growth at most

std::size_t reserve_for(std::size_t entries) {
  return 1'024 + entries * bytes_per_entry;
}

// Keys, prefixes and delimiters, in the form the request asked for.
void write_key(aws::xml::Writer& out, std::string_view name, std::string_view bytes, bool url_encoding) {
  if (url_encoding) {
    out.element(name, uri_encode(bytes, Slash::keep));
  } else {
    out.element(name, bytes);
  }
}

// S3 writes a blank as '+' and a plus as %2B.
std::string read_key(pugi::xml_node node, bool url_encoding) {
  std::string text = aws::xml::text(node);
  if (!url_encoding) return text;
  auto decoded = uri_decode(text, true);
  if (!decoded)
    aws::xml::refuse(std::string(aws::xml::local_name(node)) + " is not percent-encoded correctly");
  return std::move(*decoded);
}

bool is_url_encoded(pugi::xml_node root) {
  return aws::xml::trimmed_text(aws::xml::child(root, "EncodingType")) == "url";
}

std::string read_etag(pugi::xml_node node) {
  std::string text = aws::xml::text(node);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

void write_owner(aws::xml::Writer& out, std::string_view name, std::string_view owner_id) {
  if (owner_id.empty()) return;
  out.open(name);
  out.element("ID", owner_id);
  out.close(name);
}

void write_prefixes(aws::xml::Writer& out, const std::vector<std::string>& prefixes, bool url_encoding) {
  for (const std::string& prefix : prefixes) {
    out.open("CommonPrefixes");
    write_key(out, "Prefix", prefix, url_encoding);
    out.close("CommonPrefixes");
  }
}

void write_delimiter_and_encoding(aws::xml::Writer& out, const ListingFrame& frame) {
  if (!frame.delimiter.empty()) write_key(out, "Delimiter", frame.delimiter, frame.url_encoding);
  if (frame.url_encoding) out.element("EncodingType", "url");
}

// Where a listing by keys begins and where the next page goes on: in "VersionId" or "UploadId", of one key several.
void write_markers(aws::xml::Writer& out, const ListingFrame& frame, const ObjectKey& key_marker,
                   const std::string& id_name, std::string_view id_marker, const ObjectKey& next_key_marker,
                   std::string_view next_id_marker) {
  write_key(out, "KeyMarker", key_marker.bytes(), frame.url_encoding);
  out.element(id_name + "Marker", id_marker);
  if (!next_key_marker.empty()) write_key(out, "NextKeyMarker", next_key_marker.bytes(), frame.url_encoding);
  out.optional_element("Next" + id_name + "Marker", next_id_marker);
}

// What an object and a version have in common beside key, time, owner and class.
template <class Listed>
void write_content(aws::xml::Writer& out, const Listed& listed) {
  out.quoted_element("ETag", listed.etag);
  for (const std::string& algorithm : listed.checksum_algorithms) out.element("ChecksumAlgorithm", algorithm);
  out.optional_element("ChecksumType", listed.checksum_type);
  out.element("Size", listed.size);
}

void write_contents(aws::xml::Writer& out, const ListingFrame& frame, const ObjectPage& page,
                    std::string_view owner_id) {
  for (const ListedObject& object : page.objects) {
    out.open("Contents");
    write_key(out, "Key", object.key.bytes(), frame.url_encoding);
    out.element("LastModified", object.last_modified);
    write_content(out, object);
    write_owner(out, "Owner", owner_id);
    out.optional_element("StorageClass", object.storage_class);
    out.close("Contents");
  }
}

// What an object and a version have in common beside key and time.
template <class Listed>
void read_content_part(Listed& listed, pugi::xml_node item, std::string_view name) {
  if (name == "ETag") {
    listed.etag = read_etag(item);
  } else if (name == "Size") {
    listed.size = aws::xml::number<std::uint64_t>(item);
  } else if (name == "StorageClass") {
    listed.storage_class = aws::xml::text(item);
  } else if (name == "ChecksumAlgorithm") {
    listed.checksum_algorithms.push_back(aws::xml::text(item));
  } else if (name == "ChecksumType") {
    listed.checksum_type = aws::xml::text(item);
  }
}

ListedObject read_object(pugi::xml_node element, bool url_encoding) {
  ListedObject object;
  bool has_key = false;
  aws::xml::for_each_element(element, [&](pugi::xml_node item, std::string_view name) {
    if (name == "Key") {
      object.key = ObjectKey(read_key(item, url_encoding));
      has_key = true;
    } else if (name == "LastModified") {
      object.last_modified = aws::xml::instant(item);
    } else {
      read_content_part(object, item, name);
    }
  });
  if (!has_key) aws::xml::refuse("Contents lacks Key");
  return object;
}

void write_version(aws::xml::Writer& out, const ListingFrame& frame, const ObjectVersion& version,
                   std::string_view owner_id) {
  const std::string_view element = version.is_delete_marker ? "DeleteMarker" : "Version";
  out.open(element);
  write_key(out, "Key", version.key.bytes(), frame.url_encoding);
  out.element("VersionId", version.version_id.text());
  out.element("IsLatest", version.is_latest);
  out.element("LastModified", version.last_modified);
  if (!version.is_delete_marker) write_content(out, version);
  write_owner(out, "Owner", owner_id);
  if (!version.is_delete_marker) out.optional_element("StorageClass", version.storage_class);
  out.close(element);
}

ObjectVersion read_version(pugi::xml_node element, bool is_delete_marker, bool url_encoding) {
  ObjectVersion version;
  version.is_delete_marker = is_delete_marker;
  bool has_key = false, has_version_id = false, has_time = false;
  aws::xml::for_each_element(element, [&](pugi::xml_node item, std::string_view name) {
    if (name == "Key") {
      version.key = ObjectKey(read_key(item, url_encoding));
      has_key = true;
    } else if (name == "VersionId") {
      version.version_id = VersionId(aws::xml::text(item));
      has_version_id = true;
    } else if (name == "IsLatest") {
      version.is_latest = aws::xml::boolean(item);
    } else if (name == "LastModified") {
      version.last_modified = aws::xml::instant(item);
      has_time = true;
    } else if (!is_delete_marker) {  // some stores list a size of 0 and an empty ETag for a marker
      read_content_part(version, item, name);
    }
  });
  if (!has_key || !has_version_id || !has_time) aws::xml::refuse("a version without key, id or time");
  return version;
}

// What every page has, whatever it lists. False: the element is none of that.
template <class Page>
bool read_page_part(Page& page, pugi::xml_node item, std::string_view name, bool url_encoding) {
  if (name == "CommonPrefixes") {
    page.common_prefixes.push_back(read_key(aws::xml::required_child(item, "Prefix"), url_encoding));
  } else if (name == "IsTruncated") {
    page.is_truncated = aws::xml::boolean(item);
  } else {
    return false;
  }
  return true;
}

// One page of any listing. `read_item` gets each element that is not common to all of them; `go_on` tells whether the page
// says where the next one begins: a truncated page without that is one that a caller would loop on for ever, or stop at too
// early.
template <class Page, class ReadItem, class GoOn>
Page read_page(std::string_view text, const char* root_name, ReadItem read_item, GoOn go_on) {
  const aws::xml::Document document(text);
  const pugi::xml_node root = document.root(root_name);
  const bool url_encoding = is_url_encoded(root);
  Page page;
  aws::xml::for_each_element(root, [&](pugi::xml_node item, std::string_view name) {
    if (!read_page_part(page, item, name, url_encoding)) read_item(page, item, name, url_encoding);
  });
  if (page.is_truncated && !go_on(page))
    aws::xml::refuse("a truncated listing that does not say where to go on");
  return page;
}

}  // namespace

std::string write_list_objects_v1_result(const ListingFrame& frame, std::string_view marker,
                                         const ObjectPage& page, std::string_view owner_id) {
  aws::xml::Writer out("ListBucketResult", aws::xml::s3_namespace, reserve_for(page.objects.size()));
  out.element("Name", frame.bucket);
  write_key(out, "Prefix", frame.prefix, frame.url_encoding);
  write_key(out, "Marker", marker, frame.url_encoding);
  if (!page.next.empty()) write_key(out, "NextMarker", page.next, frame.url_encoding);
  out.element("MaxKeys", frame.keys_max);
  write_delimiter_and_encoding(out, frame);
  out.element("IsTruncated", page.is_truncated);
  write_contents(out, frame, page, owner_id);
  write_prefixes(out, page.common_prefixes, frame.url_encoding);
  return std::move(out).finish();
}

std::string write_list_objects_v2_result(const ListingFrame& frame, std::string_view continuation_token,
                                         std::string_view start_after, const ObjectPage& page,
                                         std::string_view owner_id) {
  aws::xml::Writer out("ListBucketResult", aws::xml::s3_namespace, reserve_for(page.objects.size()));
  out.element("Name", frame.bucket);
  write_key(out, "Prefix", frame.prefix, frame.url_encoding);
  if (!start_after.empty()) write_key(out, "StartAfter", start_after, frame.url_encoding);
  out.optional_element("ContinuationToken", continuation_token);
  out.optional_element("NextContinuationToken", page.next);
  out.element("KeyCount", static_cast<std::uint64_t>(page.objects.size() + page.common_prefixes.size()));
  out.element("MaxKeys", frame.keys_max);
  write_delimiter_and_encoding(out, frame);
  out.element("IsTruncated", page.is_truncated);
  write_contents(out, frame, page, owner_id);
  write_prefixes(out, page.common_prefixes, frame.url_encoding);
  return std::move(out).finish();
}

ObjectPage parse_list_objects_v2_result(std::string_view text) {
  return read_page<ObjectPage>(
      text, "ListBucketResult",
      [](ObjectPage& page, pugi::xml_node item, std::string_view name, bool url_encoding) {
        if (name == "Contents") {
          page.objects.push_back(read_object(item, url_encoding));
        } else if (name == "NextContinuationToken") {
          page.next = aws::xml::text(item);
        }
      },
      [](const ObjectPage& page) { return !page.next.empty(); });
}

std::string write_list_versions_result(const ListingFrame& frame, const ObjectKey& key_marker,
                                       const VersionId& version_id_marker, const VersionPage& page,
                                       std::string_view owner_id) {
  aws::xml::Writer out("ListVersionsResult", aws::xml::s3_namespace, reserve_for(page.versions.size()));
  out.element("Name", frame.bucket);
  write_key(out, "Prefix", frame.prefix, frame.url_encoding);
  write_markers(out, frame, key_marker, "VersionId", version_id_marker.text(), page.next_key_marker,
                page.next_version_id_marker.text());
  out.element("MaxKeys", frame.keys_max);
  write_delimiter_and_encoding(out, frame);
  out.element("IsTruncated", page.is_truncated);
  for (const ObjectVersion& version : page.versions) write_version(out, frame, version, owner_id);
  write_prefixes(out, page.common_prefixes, frame.url_encoding);
  return std::move(out).finish();
}

VersionPage parse_list_versions_result(std::string_view text) {
  return read_page<VersionPage>(
      text, "ListVersionsResult",
      [](VersionPage& page, pugi::xml_node item, std::string_view name, bool url_encoding) {
        if (name == "Version" || name == "DeleteMarker") {
          page.versions.push_back(read_version(item, name == "DeleteMarker", url_encoding));
        } else if (name == "NextKeyMarker") {
          page.next_key_marker = ObjectKey(read_key(item, url_encoding));
        } else if (name == "NextVersionIdMarker") {
          page.next_version_id_marker = VersionId(aws::xml::text(item));
        }
      },
      [](const VersionPage& page) { return !page.next_key_marker.empty(); });
}

std::string write_list_uploads_result(const ListingFrame& frame, const ObjectKey& key_marker,
                                      std::string_view upload_id_marker, const UploadPage& page,
                                      std::string_view owner_id) {
  aws::xml::Writer out("ListMultipartUploadsResult", aws::xml::s3_namespace,
                       reserve_for(page.uploads.size()));
  out.element("Bucket", frame.bucket);
  write_markers(out, frame, key_marker, "UploadId", upload_id_marker, page.next_key_marker,
                page.next_upload_id_marker);
  write_key(out, "Prefix", frame.prefix, frame.url_encoding);
  write_delimiter_and_encoding(out, frame);
  out.element("MaxUploads", frame.keys_max);
  out.element("IsTruncated", page.is_truncated);
  for (const ListedUpload& upload : page.uploads) {
    out.open("Upload");
    write_key(out, "Key", upload.key.bytes(), frame.url_encoding);
    out.element("UploadId", upload.upload_id);
    write_owner(out, "Initiator", owner_id);
    write_owner(out, "Owner", owner_id);
    out.element("StorageClass", "STANDARD");
    out.element("Initiated", upload.initiated);
    out.close("Upload");
  }
  write_prefixes(out, page.common_prefixes, frame.url_encoding);
  return std::move(out).finish();
}

UploadPage parse_list_uploads_result(std::string_view text) {
  return read_page<UploadPage>(
      text, "ListMultipartUploadsResult",
      [](UploadPage& page, pugi::xml_node item, std::string_view name, bool url_encoding) {
        if (name == "Upload") {
          ListedUpload upload;
          upload.key = ObjectKey(read_key(aws::xml::required_child(item, "Key"), url_encoding));
          upload.upload_id = aws::xml::required_text(item, "UploadId");
          upload.initiated = aws::xml::instant(aws::xml::required_child(item, "Initiated"));
          page.uploads.push_back(std::move(upload));
        } else if (name == "NextKeyMarker") {
          page.next_key_marker = ObjectKey(read_key(item, url_encoding));
        } else if (name == "NextUploadIdMarker") {
          page.next_upload_id_marker = aws::xml::text(item);
        }
      },
      [](const UploadPage& page) { return !page.next_key_marker.empty(); });
}

}  // namespace s3dr::s3
