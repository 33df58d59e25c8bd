// Default encryption, and which kinds of encryption are blocked. AES256 with nothing blocked is what S3 does for a
// bucket without a setting. Source: docs/protocol.md, Bucket settings (PutBucketEncryption).
#include <algorithm>
#include <set>

#include "dr/settings/kinds/kinds.h"
#include "dr/settings/kinds/xml_form.h"

namespace s3dr::dr {
namespace {

constexpr std::string_view root_name = "ServerSideEncryptionConfiguration";

struct Encryption {
  std::string algorithm = "AES256";
  std::string key;  // empty: S3's own, or the account's aws/s3
  bool bucket_key = false;
  std::set<std::string> blocked;  // "SSE-C"
  bool is_kms() const { return algorithm.starts_with("aws:kms"); }
};

Encryption encryption_of(std::string_view document) {
  Encryption result;
  const XmlElement root = read_element(document, root_name);
  const XmlElement* rule = root.child("Rule");
  if (rule == nullptr) return result;
  if (const XmlElement* by_default = rule->child("ApplyServerSideEncryptionByDefault")) {
    if (by_default->child("SSEAlgorithm") != nullptr) result.algorithm = by_default->text_of("SSEAlgorithm");
    result.key = without_blanks(by_default->text_of("KMSMasterKeyID"));
  }
  // A bucket key is a matter of KMS alone.
  result.bucket_key = result.is_kms() && says(rule->child("BucketKeyEnabled"), "true");
  if (const XmlElement* blocked = rule->child("BlockedEncryptionTypes")) {
    for (const XmlElement* type : blocked->all("EncryptionType")) {
      const std::string word = without_blanks(type->text);
      if (word != "NONE" && !word.empty()) result.blocked.insert(word);
    }
  }
  return result;
}

SettingDocument document_of(const Encryption& value) {
  if (value.algorithm == "AES256" && value.blocked.empty()) return std::nullopt;
  XmlElement by_default{"ApplyServerSideEncryptionByDefault", "", {{"SSEAlgorithm", value.algorithm, {}}}};
  if (!value.key.empty()) by_default.children.push_back({"KMSMasterKeyID", value.key, {}});
  XmlElement rule{"Rule", "", {std::move(by_default)}};
  rule.children.push_back({"BucketKeyEnabled", value.bucket_key ? "true" : "false", {}});
  if (!value.blocked.empty()) {
    XmlElement blocked{"BlockedEncryptionTypes", "", {}};
    for (const std::string& type : value.blocked) blocked.children.push_back({"EncryptionType", type, {}});
    rule.children.push_back(std::move(blocked));
  }
  return document_text({std::string(root_name), "", {std::move(rule)}});
}

Encryption encryption_in(const SettingDocument& document) {
  return document ? encryption_of(*document) : Encryption();
}

SettingDocument normal_form(std::string_view document) {
  return document_of(encryption_of(document));
}

// A key of KMS belongs to one region. What no mapping names is never replaced by another key in silence.
Transformed transform(const SettingContext& context, const SettingDocument& source) {
  Encryption wanted = encryption_in(source);
  Transformed result;
  if (wanted.is_kms()) {
    const bool is_accounts_own = wanted.key.empty();
    const auto key = mapped(context.policy, is_accounts_own ? "aws/s3" : wanted.key);
    if (key) {
      wanted.key = *key == "aws/s3" ? "" : *key;
    } else {
      result.left_out.push_back("KeyNotMapped: the source encrypts with " +
                                (is_accounts_own ? std::string("its account's key aws/s3") : wanted.key) +
                                ", and settings.mappings names no key for " + context.replica.region.text());
      Encryption without;
      without.blocked = wanted.blocked;
      wanted = without;
    }
  }
  result.document = document_of(wanted);
  return result;
}

int rank_of(const Encryption& value) {
  if (value.algorithm == "aws:kms:dsse") return 2;
  return value.is_kms() ? 1 : 0;
}

Strictness compare(const SettingDocument& present, const SettingDocument& wanted) {
  if (present == wanted) return Strictness::equal;
  const Encryption a = encryption_in(present), b = encryption_in(wanted);
  const auto by_rank = rank_of(b) == rank_of(a)  ? Strictness::equal
                       : rank_of(b) > rank_of(a) ? Strictness::stricter
                                                 : Strictness::weaker;
  const auto by_blocked = a.blocked == b.blocked                        ? Strictness::equal
                          : std::ranges::includes(b.blocked, a.blocked) ? Strictness::stricter
                                                                        : Strictness::weaker;
  const Strictness result = together({by_rank, by_blocked});
  return result == Strictness::equal ? Strictness::neutral : result;
}

std::string summary(const SettingDocument& document) {
  const Encryption value = encryption_in(document);
  std::string text = value.algorithm;
  if (!value.key.empty()) text += " " + value.key;
  if (value.bucket_key) text += ", bucket key";
  for (const std::string& type : value.blocked) text += ", " + type + " blocked";
  return text;
}

}  // namespace

Setting encryption_setting() {
  return {s3::SettingKind::encryption,
          "default encryption",
          Follow::clone,
          "the replica's own writes are encrypted as the source's; a key has to be named for its region",
          normal_form,
          transform,
          compare,
          summary};
}

}  // namespace s3dr::dr
