#include "client/s3/bucket_settings.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aws/xml.h"
#include "base/error.h"
#include "client/s3/answers.h"

namespace s3dr::client {
namespace {

constexpr std::string_view size_header = "x-amz-transition-default-minimum-object-size";
constexpr std::string_view size_element = "TransitionDefaultMinimumObjectSize";
// S3 gives 100 configurations a page and allows 1,000 of a kind.
constexpr int pages_max = 100;

S3Call call_for(const char* method, s3::BucketName bucket, s3::AccountId owner,
                std::string_view subresource) {
  S3Call call;
  call.method = method;
  call.bucket = std::move(bucket);
  call.query = {{std::string(subresource), ""}};
  call.owner = std::move(owner);
  return call;
}

std::string document_of(std::string_view root, std::string_view inside) {
  return "<" + std::string(root) + " xmlns=\"" + std::string(aws::xml::s3_namespace) + "\">" +
         std::string(inside) + "</" + std::string(root) + ">";
}

std::string with_size(const S3Answer& answer) {
  const auto size = answer.headers.get(size_header);
  if (!size) return answer.text;
  const aws::xml::Document parsed(answer.text);
  std::string inside;
  aws::xml::for_each_element(parsed.any_root(), [&](pugi::xml_node node, std::string_view name) {
    if (name != size_element) inside += aws::xml::outer_xml(node);
  });
  inside += "<" + std::string(size_element) + ">";
  aws::xml::append_escaped(inside, *size);
  inside += "</" + std::string(size_element) + ">";
  return document_of("LifecycleConfiguration", inside);
}

// The document without that child, and its text.
std::pair<std::string, std::string> without_size(std::string_view document) {
  const aws::xml::Document parsed(document);
  std::string inside, size;
  aws::xml::for_each_element(parsed.root("LifecycleConfiguration"),
                             [&](pugi::xml_node node, std::string_view name) {
                               if (name == size_element) {
                                 size = aws::xml::trimmed_text(node);
                               } else {
                                 inside += aws::xml::outer_xml(node);
                               }
                             });
  return {document_of("LifecycleConfiguration", inside), size};
}

// The document under the name that S3 gives it. AWS's SDKs look at what is in it and not at its name, so stores differ:
// Ceph RGW 16 says BlockPublicAccessBlockConfiguration, moto 5.2 GetBucketNotificationResponse. A name without ours in it
// is another document, like a listing from a store that does not know what was asked. Raises MalformedXML.
std::string under_its_name(std::string_view text, const s3::SettingCall& setting) {
  const aws::xml::Document parsed(text);
  const pugi::xml_node root = parsed.any_root();
  const std::string_view name = aws::xml::local_name(root);
  if (name == setting.root) return std::string(text);
  constexpr std::string_view tail = "Configuration";
  std::string_view stem = setting.root;
  if (stem.ends_with(tail)) stem.remove_suffix(tail.size());
  if (name.find(stem) == std::string_view::npos) (void)parsed.root(setting.root);
  std::string inside;
  aws::xml::for_each_element(
      root, [&](pugi::xml_node node, std::string_view) { inside += aws::xml::outer_xml(node); });
  return document_of(setting.root, inside);
}

// A text that is not this kind's document is no setting, and no absence either.
std::string checked(const S3Answer& answer, const std::string& resource, const s3::SettingCall& setting) {
  return understood(answer, resource, [&](std::string_view text) {
    if (setting.kind == s3::SettingKind::policy) {
      if (!text.starts_with('{')) throw Error(ErrorKind::corrupt, "the answer is not a bucket policy");
      return std::string(text);
    }
    const std::string document = under_its_name(text, setting);
    return setting.kind == s3::SettingKind::lifecycle ? with_size(answer) : document;
  });
}

struct PartPage {
  std::vector<s3::SettingPart> parts;
  std::string next;  // empty: the last page
};

PartPage parse_page(s3::SettingKind kind, std::string_view text) {
  PartPage page;
  page.parts = s3::setting_parts(kind, text);
  const aws::xml::Document parsed(text);
  const pugi::xml_node root = parsed.any_root();
  // A store that does not know the family answers with its objects: <ListBucketResult>.
  if (aws::xml::local_name(root).find("Configuration") == std::string_view::npos)
    aws::xml::refuse("not a list of configurations");
  const pugi::xml_node more = aws::xml::child(root, "IsTruncated");
  if (more && aws::xml::boolean(more)) {
    page.next = aws::xml::child_text(root, "NextContinuationToken");
    if (page.next.empty()) aws::xml::refuse("a list that is cut off, without a place to go on from");
  }
  return page;
}

// nullopt: the store's code for "none".
Task<std::optional<std::vector<s3::SettingPart>>> list_parts(S3Client& client, s3::BucketName bucket,
                                                             s3::AccountId owner, s3::SettingCall setting) {
  const std::string resource = s3::bucket_url(bucket);
  std::vector<s3::SettingPart> parts;
  std::string token;
  for (int pages = 0; pages < pages_max; ++pages) {
    S3Call call = call_for("GET", bucket, owner, setting.subresource);
    call.needs_document = true;
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    const S3Outcome outcome = co_await client.call(std::move(call));
    if (!outcome) {
      if (outcome.error().code() == setting.absent_code) co_return std::nullopt;
      throw outcome.error();
    }
    PartPage page =
        understood(*outcome, resource, [&](std::string_view text) { return parse_page(setting.kind, text); });
    for (s3::SettingPart& part : page.parts) parts.push_back(std::move(part));
    if (page.next.empty()) co_return parts;
    if (page.next == token) break;
    token = std::move(page.next);
  }
  throw Error(ErrorKind::corrupt, "the list of configurations does not end").with_resource(resource);
}

Task<> put_document(S3Client& client, S3Call call, std::string text, const char* type) {
  call.text = std::move(text);
  call.headers.add("Content-Type", type);
  co_await client.require(std::move(call));
}

// A configuration that is gone already is what was wanted.
Task<> delete_setting(S3Client& client, S3Call call, std::string absent_code) {
  const S3Outcome outcome = co_await client.call(std::move(call));
  if (!outcome && outcome.error().code() != absent_code) throw outcome.error();
}

Task<> put_parts(S3Client& client, s3::BucketName bucket, s3::AccountId owner, s3::SettingCall setting,
                 std::optional<std::string> document) {
  std::vector<s3::SettingPart> wanted;
  if (document) wanted = s3::setting_parts(setting.kind, *document);
  const auto listed = co_await list_parts(client, bucket, owner, setting);
  const std::vector<s3::SettingPart> present = listed.value_or(std::vector<s3::SettingPart>());
  for (const s3::SettingPart& part : wanted) {
    if (std::ranges::find(present, part) != present.end()) continue;
    S3Call call = call_for("PUT", bucket, owner, setting.subresource);
    call.query.emplace_back("id", part.id);
    co_await put_document(client, std::move(call), part.xml, "application/xml");
  }
  for (const s3::SettingPart& part : present) {
    if (std::ranges::find(wanted, part.id, &s3::SettingPart::id) != wanted.end()) continue;
    S3Call call = call_for("DELETE", bucket, owner, setting.subresource);
    call.query.emplace_back("id", part.id);
    co_await delete_setting(client, std::move(call), std::string(setting.absent_code));
  }
}

// S3 blocks SSE-C where nobody has said otherwise, also after a DELETE. "Nothing is blocked" has to be said. A store that
// has no such default never gets the element, because it might refuse it.
constexpr std::string_view nothing_blocked =
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>"
    "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes></Rule>";

bool blocks_something(const std::optional<std::string>& document) {
  if (!document) return false;
  const aws::xml::Document parsed(*document);
  const pugi::xml_node rule = aws::xml::child(parsed.any_root(), "Rule");
  bool found = false;
  aws::xml::for_each_element(aws::xml::child(rule, "BlockedEncryptionTypes"),
                             [&](pugi::xml_node type, std::string_view) {
                               found = found || aws::xml::trimmed_text(type) != "NONE";
                             });
  return found;
}

Task<> unblock_encryption(S3Client& client, s3::BucketName bucket, s3::AccountId owner,
                          s3::SettingCall setting) {
  const auto left = co_await get_bucket_setting(client, bucket, owner, setting.kind);
  if (!blocks_something(left)) co_return;
  co_await put_document(client, call_for("PUT", std::move(bucket), std::move(owner), setting.subresource),
                        document_of(setting.root, nothing_blocked), "application/xml");
}

}  // namespace

Task<std::optional<std::string>> get_bucket_setting(S3Client& client, s3::BucketName bucket,
                                                    s3::AccountId owner, s3::SettingKind kind) {
  const s3::SettingCall setting = s3::call_of(kind);
  if (setting.by_id) {
    auto parts = co_await list_parts(client, std::move(bucket), std::move(owner), setting);
    if (!parts || parts->empty()) co_return std::nullopt;
    co_return s3::joined_parts(std::move(*parts));
  }
  const std::string resource = s3::bucket_url(bucket);
  S3Call call = call_for("GET", std::move(bucket), std::move(owner), setting.subresource);
  call.needs_document = true;
  const S3Outcome outcome = co_await client.call(std::move(call));
  if (!outcome) {
    if (!setting.absent_code.empty() && outcome.error().code() == setting.absent_code) co_return std::nullopt;
    throw outcome.error();
  }
  co_return checked(*outcome, resource, setting);
}

Task<> put_bucket_setting(S3Client& client, s3::BucketName bucket, s3::AccountId owner, s3::SettingKind kind,
                          std::optional<std::string> document) {
  const s3::SettingCall setting = s3::call_of(kind);
  if (setting.by_id) {
    co_await put_parts(client, std::move(bucket), std::move(owner), setting, std::move(document));
    co_return;
  }
  if (!document && setting.has_delete) {
    // Ask first: a store that does not know the sub-resource takes the DELETE for one of the bucket, and answers 204.
    // Seen of Ceph RGW 16 (?encryption, ?ownershipControls) by tests/e2e/protection/test_settings_strangers.py.
    if (!co_await get_bucket_setting(client, bucket, owner, kind)) co_return;
    co_await delete_setting(client, call_for("DELETE", bucket, owner, setting.subresource),
                            std::string(setting.absent_code));
    if (kind == s3::SettingKind::encryption)
      co_await unblock_encryption(client, std::move(bucket), std::move(owner), setting);
    co_return;
  }
  S3Call call = call_for("PUT", std::move(bucket), std::move(owner), setting.subresource);
  if (!document && kind == s3::SettingKind::acl) {
    call.headers.add("x-amz-acl", "private");
    co_await client.require(std::move(call));
    co_return;
  }
  const bool is_json = setting.root.empty();
  std::string text = document ? std::move(*document) : document_of(setting.root, setting.unset);
  if (!is_json) (void)aws::xml::Document(text).root(setting.root);
  if (kind == s3::SettingKind::lifecycle) {
    auto [rules, size] = without_size(text);
    text = std::move(rules);
    if (!size.empty()) call.headers.add(std::string(size_header), size);
  }
  co_await put_document(client, std::move(call), std::move(text),
                        is_json ? "application/json" : "application/xml");
}

}  // namespace s3dr::client
