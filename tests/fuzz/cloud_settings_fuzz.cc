// The documents of bucket settings: any bytes give a document in normal form or an Error; what is kept is in normal form,
// and so is read again as it was kept. Likewise access control lists. Rules for other origins are then asked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "aws/xml.h"
#include "base/error.h"
#include "cloud/settings/acl.h"
#include "cloud/settings/cors_rules.h"
#include "cloud/settings/setting_kinds.h"

namespace {

using namespace s3dr;
using namespace s3dr::cloud;

std::string normal(const std::string& text, const Part& part) {
  const aws::xml::Document document(text);
  return normal_form(document.root(part.name), part, [] { return std::string("made"); });
}

void try_kind(const std::string& text, const SettingKind& kind) {
  if (text.find(kind.document.name) == std::string::npos) return;
  std::string inside;
  try {
    inside = normal(text, kind.document);
  } catch (const Error&) {
    return;
  }
  // Outside of the try: what was kept must be readable.
  if (normal(whole_document(kind.document.name, inside), kind.document) != inside) std::abort();
  if (kind.subresource == "cors") cors_headers(inside, {"https://a.example", "GET", {"x-amz-date"}});
}

void try_list(const std::string& text) {
  const std::string owner = "owner";
  Acl acl;
  try {
    acl = acl_of_document(text, owner);
  } catch (const Error&) {
    return;
  }
  if (acl_of_document(whole_document("AccessControlPolicy", acl_document(acl, owner)), owner) != acl)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const SettingKind& kind : setting_kinds()) try_kind(text, kind);
  try_list(text);
  return 0;
}
