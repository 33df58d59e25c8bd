#include "app/config_settings.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "dr/settings/settings_check.h"

namespace s3dr::app {
namespace {

using dr::Follow;

constexpr std::array follow_words{Follow::clone, Follow::stricter, Follow::on_failover, Follow::warn,
                                  Follow::ignore};

void read_follow(YamlReader follow, dr::SettingsPolicy& policy) {
  for (const s3::SettingCall& call : s3::setting_calls()) {
    const std::string kind(call.word);
    const auto word = follow.text(kind);
    if (!word) continue;
    const auto known = dr::parse_follow(*word);
    if (!known) {
      std::vector<std::string> words;
      for (const Follow one : follow_words) words.emplace_back(dr::to_string(one));
      throw follow.refuse_word(kind, *word, words);
    }
    policy.follow[call.kind] = *known;
  }
  follow.finish();
}

void read_mapping(YamlReader& mapping, dr::SettingsPolicy& policy) {
  const dr::ResourceMapping one{mapping.required_text("from"), mapping.required_text("to")};
  mapping.finish();
  if (const auto why = dr::why_invalid(one)) throw mapping.refuse(why->field, why->reason);
  policy.mappings.push_back(one);
}

}  // namespace

dr::SettingsPolicy read_settings_policy(YamlReader& settings) {
  dr::SettingsPolicy policy;
  if (auto follow = settings.map("follow")) read_follow(std::move(*follow), policy);
  for (YamlReader& mapping : settings.list_of_maps("mappings")) read_mapping(mapping, policy);
  policy.repair = settings.boolean("repair").value_or(policy.repair);
  policy.harden = settings.boolean("harden").value_or(policy.harden);
  policy.break_glass_role_arns = settings.list_of_texts("break_glass_roles");
  policy.repair_role_arn = settings.text("repair_role").value_or("");
  policy.executor_role_arn = settings.text("executor_role").value_or("");
  policy.check_every = settings.duration("check_every").value_or(policy.check_every);
  settings.finish();
  if (const auto why = dr::first_invalid(policy)) throw settings.refuse(why->field, why->reason);
  return policy;
}

}  // namespace s3dr::app
