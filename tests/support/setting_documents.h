// Documents of settings as a store would answer them, from strict to weak.
#pragma once

#include <string>
#include <vector>

#include "s3/bucket_setting.h"

namespace s3dr::test {

inline std::string access_block(bool restrict) {
  const std::string_view word = restrict ? "true" : "false";
  std::string text = "<PublicAccessBlockConfiguration>";
  for (const char* name :
       {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"})
    text += "<" + std::string(name) + ">" + std::string(word) + "</" + name + ">";
  return text + "</PublicAccessBlockConfiguration>";
}

inline std::string expires_after(int days) {
  return "<LifecycleConfiguration><Rule><ID>old</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</"
         "Status>"
         "<Expiration><Days>" +
         std::to_string(days) + "</Days></Expiration></Rule></LifecycleConfiguration>";
}

inline std::string cors_from(const std::string& origin) {
  return "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>" + origin +
         "</AllowedOrigin></CORSRule></CORSConfiguration>";
}

inline std::string site(const std::string& index) {
  return "<WebsiteConfiguration><IndexDocument><Suffix>" + index +
         "</Suffix></IndexDocument></WebsiteConfiguration>";
}

struct KnownDocument {
  s3::SettingKind kind;
  std::string text;
};
inline const std::vector<KnownDocument>& known_documents() {
  using enum s3::SettingKind;
  static const std::vector<KnownDocument> documents = {{public_access_block, access_block(true)},
                                                       {public_access_block, access_block(false)},
                                                       {lifecycle, expires_after(3650)},
                                                       {lifecycle, expires_after(1)},
                                                       {website, site("index.html")},
                                                       {cors, cors_from("https://one.example")},
                                                       {cors, cors_from("https://two.example")}};
  return documents;
}

}  // namespace s3dr::test
