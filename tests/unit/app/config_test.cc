#include "app/config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"

namespace s3dr::app {
namespace {

constexpr const char* good =
    "source:\n"                                                            // 1
    "  region: us-west-2\n"                                                // 2
    "  account: \"111122223333\"\n"                                        // 3
    "destination:\n"                                                       // 4
    "  region: us-east-2\n"                                                // 5
    "  account: \"111122223333\"\n"                                        // 6
    "replication_role: arn:aws:iam::111122223333:role/s3dr-replication\n"  // 7
    "batch_role: arn:aws:iam::111122223333:role/s3dr-batch\n";             // 8

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string without_roles() {
  const std::string text = good;
  return text.substr(0, text.find("replication_role"));
}

TEST(Config, roles_that_are_left_out_are_those_that_deploy_makes) {
  const Config config = parse_config(without_roles(), "s3dr.yaml");
  EXPECT_EQ(config.policy.replication_role_arn, "arn:aws:iam::111122223333:role/s3dr-replication");
  EXPECT_EQ(config.policy.batch_role_arn, "arn:aws:iam::111122223333:role/s3dr-batch");
  const Config other = parse_config(without_roles() + "name_prefix: dr-2\npartition: aws-cn\n", "s3dr.yaml");
  EXPECT_EQ(other.policy.replication_role_arn, "arn:aws-cn:iam::111122223333:role/dr-2-replication");
  EXPECT_EQ(other.policy.batch_role_arn, "arn:aws-cn:iam::111122223333:role/dr-2-batch");
}

struct Mistake {
  const char* name;
  std::string text;
  std::string message;  // a part of it
  std::string place;
  std::string advice;  // a part of it; empty: not looked at
};

std::vector<Mistake> mistakes() {
  const std::string base = good;
  return {
      {"unknown key", base + "replica_nam: x\n", "unknown key \"replica_nam\"", "s3dr.yaml:9",
       "replica_name"},
      {"unknown key below", replaced(base, "  region: us-east-2", "  region: us-east-2\n  reigon: x"),
       "unknown key \"destination.reigon\"", "s3dr.yaml:6", "region"},
      {"unknown key like no other", base + "zzzzzzzzzzzzzzzz: 1\n", "unknown key", "s3dr.yaml:9",
       "known here"},
      {"key twice", base + "batch_role: x\n", "stands there twice", "s3dr.yaml:9", ""},
      {"bad region", replaced(base, "us-west-2", "US West"), "source.region", "s3dr.yaml:2", ""},
      {"same region twice", replaced(base, "us-east-2", "us-west-2"), "region", "s3dr.yaml", ""},
      {"no region", replaced(base, "  region: us-west-2\n", ""), "source.region: is missing", "s3dr.yaml:2",
       ""},
      {"bad account", replaced(base, "\"111122223333\"", "\"1111\""), "source.account", "s3dr.yaml:3", ""},
      {"no destination", "source:\n  region: a1\n  account: \"111122223333\"\n", "destination: is missing",
       "s3dr.yaml:1", ""},
      {"side of a wrong type",
       replaced(base, "source:\n  region: us-west-2\n  account: \"111122223333\"\n", "source: us-west-2\n"),
       "must be a map", "s3dr.yaml:1", ""},
      {"list instead of a text", replaced(base, "region: us-west-2", "region: [us-west-2]"),
       "one value is expected", "s3dr.yaml:2", ""},
      {"role of another account",
       replaced(base, "111122223333:role/s3dr-batch", "999999999999:role/s3dr-batch"), "batch_role",
       "s3dr.yaml", ""},
      {"endpoint without scheme", base + "endpoints:\n  us-west-2: localhost:9000\n", "endpoints",
       "s3dr.yaml:10", ""},
      {"endpoint of another scheme", base + "endpoints:\n  us-west-2: ftp://localhost\n", "endpoints",
       "s3dr.yaml:10", ""},
      {"addressing without an endpoint", base + "addressing:\n  us-west-2: virtual\n", "addressing",
       "s3dr.yaml:10", ""},
      {"addressing that is none",
       base + "endpoints:\n  us-west-2: http://s3.localhost:1\naddressing:\n  us-west-2: dns\n",
       "path or virtual", "s3dr.yaml:12", ""},
      {"virtual hosts of an address",
       base + "endpoints:\n  us-west-2: http://127.0.0.1:1\naddressing:\n  us-west-2: virtual\n",
       "needs a host name", "s3dr.yaml:12", ""},
      {"endpoint of a region that is neither side",
       base + "endpoints:\n  us-west-2: http://localhost:1\n  us-wset-2: http://localhost:1\n",
       "endpoints.us-wset-2: this is neither the source's region (us-west-2) nor the destination's "
       "(us-east-2)",
       "s3dr.yaml:11", ""},
      {"addressing of a region that is neither side", base + "addressing:\n  us-wset-2: path\n",
       "addressing.us-wset-2: this is neither", "s3dr.yaml:10", ""},
      {"endpoints as a list", base + "endpoints: [a]\n", "must be a map", "s3dr.yaml:9", ""},
      {"not there yet", base + "sole_writer: true\n", "not supported yet", "s3dr.yaml:9", ""},
      {"not a boolean", base + "delete_markers: perhaps\n", "true or false", "s3dr.yaml:9", ""},
      {"unknown rule option", base + "rule:\n  storage_clas: GLACIER\n", "unknown key \"rule.storage_clas\"",
       "s3dr.yaml:10", "storage_class"},
      {"rule that is no map", base + "rule: fast\n", "must be a map", "s3dr.yaml:9", ""},
      {"delete markers twice", base + "delete_markers: true\nrule:\n  delete_markers: true\n", "give it once",
       "s3dr.yaml:11", ""},
      {"storage class that S3 does not know", base + "rule:\n  metrics: true\n  storage_class: COLD\n",
       "rule.storage_class: \"COLD\" is not one of", "s3dr.yaml:11", ""},
      {"replication time without metrics", base + "rule: {metrics: false, replication_time: true}\n",
       "rule.replication_time: needs metrics", "s3dr.yaml:9", ""},
      {"owner override within one account", base + "rule: {owner_override: true}\n", "one account",
       "s3dr.yaml:9", ""},
      {"delete markers with a tag filter", base + "rule: {tags: {class: gold}}\n",
       "rule.tags: S3 refuses them together with delete markers", "s3dr.yaml:9", ""},
      {"tag filter", base + "rule: {tags: {class: gold}, delete_markers: false}\n",
       "rule.tags: not supported yet", "s3dr.yaml:9", ""},
      {"priority out of range", base + "rule: {priority: -1}\n", "from 0 to 2147483647", "s3dr.yaml:9", ""},
      {"unknown kind of setting", base + "settings:\n  follow:\n    lifecicle: clone\n",
       "unknown key \"settings.follow.lifecicle\"", "s3dr.yaml:11", "did you mean \"lifecycle\"?"},
      {"unknown word for what is done with it", base + "settings:\n  follow:\n    cors: clonne\n",
       "settings.follow.cors: \"clonne\" is unknown", "s3dr.yaml:11", "did you mean \"clone\"?"},
      {"a word like no other", base + "settings: {follow: {cors: perhaps-never}}\n", "is unknown",
       "s3dr.yaml:9", "known here: clone, stricter, on_failover, warn, ignore"},
      {"unknown key of the settings", base + "settings:\n  repare: true\n", "unknown key \"settings.repare\"",
       "s3dr.yaml:10", "repair"},
      {"mapping without a target", base + "settings:\n  mappings:\n    - from: a\n",
       "settings.mappings.to: is missing", "s3dr.yaml:11", ""},
      {"mapping with two stars", base + "settings:\n  mappings:\n    - {from: \"a*b*\", to: \"c*\"}\n",
       "settings.mappings.from: may hold one *", "s3dr.yaml:11", ""},
      {"mapping whose star stands for nothing",
       base + "settings:\n  mappings:\n    - {from: a, to: \"c*\"}\n", "settings.mappings.to: has a *",
       "s3dr.yaml:11", ""},
      {"mapping to itself", base + "settings:\n  mappings:\n    - {from: a, to: a}\n",
       "is the same as `from`", "s3dr.yaml:11", ""},
      {"break-glass role that is none", base + "settings:\n  break_glass_roles: [admin]\n",
       "settings.break_glass_roles: not the ARN of an IAM role: admin", "s3dr.yaml:10", ""},
      {"repair role that is none", base + "settings:\n  repair_role: arn:aws:iam::111122223333:user/x\n",
       "settings.repair_role: not the ARN of an IAM role", "s3dr.yaml:10", ""},
      {"settings that are never looked at", base + "settings:\n  check_every: 0s\n",
       "settings.check_every: must be more than 0", "s3dr.yaml:10", ""},
      {"not a duration", base + "serve:\n  sweep_interval: soon\n", "not a duration", "s3dr.yaml:10", ""},
      {"duration without unit", base + "serve:\n  sweep_interval: 300\n", "not a duration", "s3dr.yaml:10",
       ""},
      {"number out of range", base + "retry:\n  attempts_max: 0\n", "from 1 to 100", "s3dr.yaml:10", ""},
      {"secret variable not set", base + "serve:\n  event_secret_env: S3DR_TEST_NOT_SET\n",
       "S3DR_TEST_NOT_SET is not set", "s3dr.yaml:10", ""},
      {"secret file missing", base + "serve:\n  event_secret_file: /nonexistent/secret\n", "cannot be read",
       "s3dr.yaml:10", ""},
      {"both secrets", base + "serve:\n  event_secret_file: a\n  event_secret_env: B\n", "not both",
       "s3dr.yaml:11", ""},
      {"listen with a port that is none", base + "serve:\n  listen: 127.0.0.1:x\n", "address:port",
       "s3dr.yaml:10", ""},
      {"listen without port", base + "serve:\n  listen: 127.0.0.1\n", "address:port", "s3dr.yaml:10", ""},
      {"listen without address", base + "serve:\n  listen: \"9190\"\n", "\"9190\" is not address:port",
       "s3dr.yaml:10", ""},
      {"listen with an empty address", base + "serve:\n  listen: \":0\"\n", "address:port", "s3dr.yaml:10",
       ""},
      {"listen with two words", base + "serve:\n  listen: here there:0\n", "address:port", "s3dr.yaml:10",
       ""},
      {"listen on IPv6 without port", base + "serve:\n  listen: \"[::1]\"\n", "address:port", "s3dr.yaml:10",
       ""},
      {"verify level too low", base + "serve:\n  verify:\n    level: listing\n", "head or bytes",
       "s3dr.yaml:11", ""},
      {"unknown namespace", base + "replica_namespace: mine\n", "account-regional", "s3dr.yaml", ""},
      {"template without bucket", base + "replica_name: copy\n", "{bucket}", "s3dr.yaml", ""},
      {"bad control bucket", base + "control_bucket: No_Good\n", "control_bucket", "s3dr.yaml:9", ""},
      {"not YAML", "source: [\n", "not YAML", "s3dr.yaml:", ""},
      {"empty", "", "map of keys", "s3dr.yaml:", ""},
  };
}

TEST(Config, RefusesEveryMistakeWithItsPlace) {
  unsetenv("S3DR_TEST_NOT_SET");
  for (const Mistake& mistake : mistakes()) {
    try {
      parse_config(mistake.text, "s3dr.yaml");
      ADD_FAILURE() << mistake.name << ": accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid) << mistake.name;
      EXPECT_NE(error.message().find(mistake.message), std::string::npos)
          << mistake.name << ": " << error.message();
      EXPECT_TRUE(error.resource().starts_with(mistake.place)) << mistake.name << ": " << error.resource();
      EXPECT_NE(error.advice().find(mistake.advice), std::string::npos)
          << mistake.name << ": " << error.advice();
    }
  }
}

TEST(Config, FillsInWhatIsNotSaid) {
  const Config config = parse_config(good, "s3dr.yaml");
  EXPECT_EQ(config.source.region.text(), "us-west-2");
  EXPECT_EQ(config.policy.control_bucket.text(), "s3dr-control-111122223333-us-east-2");
  EXPECT_EQ(config.policy.reports_bucket.text(), "s3dr-reports-111122223333-us-west-2");
  EXPECT_EQ(config.policy.match_tags.size(), 1U);
  EXPECT_EQ(config.serve.port, 9180);
  EXPECT_TRUE(config.serve.event_secret.empty());
  EXPECT_TRUE(config.endpoints.empty());
  EXPECT_TRUE(config.source.expected_owner);
}

TEST(Config, TheStoreIsAwsUnlessThereAreEndpoints) {
  EXPECT_EQ(parse_config(good, "s3dr.yaml").policy.store, dr::profile_of(dr::StoreKind::aws));
  const std::string own = std::string(good) + "endpoints: {us-west-2: \"http://127.0.0.1:9101\"}\n";
  EXPECT_EQ(parse_config(own, "s3dr.yaml").policy.store, dr::profile_of(dr::StoreKind::other));
  EXPECT_EQ(parse_config(own + "store: {kind: aws}\n", "s3dr.yaml").policy.store,
            dr::profile_of(dr::StoreKind::aws));
  EXPECT_THROW(parse_config(own + "store: {kind: ceph}\n", "s3dr.yaml"), Error);
}

TEST(Config, DeleteMarkersAreUnderstoodInTheirOldPlace) {
  EXPECT_FALSE(
      parse_config(std::string(good) + "delete_markers: false\n", "s3dr.yaml").policy.rule.delete_markers);
  const Config both =
      parse_config(std::string(good) + "delete_markers: false\nrule: {metrics: false}\n", "s3dr.yaml");
  EXPECT_FALSE(both.policy.rule.delete_markers);
  EXPECT_FALSE(both.policy.rule.metrics);
}

TEST(Config, TakesEveryKey) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("s3dr-config-test-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "secret") << "0123456789abcdef0123\n";
  const Config config = parse_config(
      std::string(good) +
          "endpoints: {us-west-2: \"http://127.0.0.1:9101\", us-east-2: \"https://localhost\"}\n"
          "addressing: {us-west-2: path, us-east-2: virtual}\n"
          "ca_bundle: ca.pem\nmatch_tags: {team-dr: \"yes\"}\nreplica_name: \"copy-{bucket}\"\n"
          "replica_namespace: account-regional\n"
          "pass_roles: [arn:aws:iam::111122223333:role/theirs]\n"
          "rule: {delete_markers: false, metrics: true, replication_time: true, storage_class: STANDARD_IA,\n"
          "       owner_override: false, replica_modifications: true, prefix: logs/, tags: {}, priority: 7}\n"
          "settings: {follow: {lifecycle: ignore, notification: warn}, repair: false, harden: false,\n"
          "  mappings: [{from: \"arn:aws:kms:us-west-2:*\", to: \"arn:aws:kms:us-east-2:*\"}, {from: logs, "
          "to: "
          "logs-east}],\n"
          "  break_glass_roles: [arn:aws:iam::111122223333:role/fire], repair_role: "
          "arn:aws:iam::111122223333:role/mend, check_every: 5m}\n"
          "sole_writer: false\ncontrol_bucket: my-control\nreports_bucket: "
          "my-reports\n"
          "backfill: {attempts_max: 2, backoff_base: 1s, backoff_cap: 2m, look_again: 250ms}\n"
          "store: {kind: aws, active_jobs_max: 4, waits: {after_new_rule: 1m, fence: 2m}}\n"
          "retry: {attempts_max: 7, delay_base: 10ms, delay_cap: 1s, total_max: 1m, attempt_max: 2m}\n"
          "serve:\n  listen: 127.0.0.1:0\n  event_secret_file: secret\n  sweep_interval: 1h\n  "
          "prepare_retry: 1s\n"
          "  stop_grace: 3s\n  queue: {concurrency_max: 2, attempts_max: 3, retry_base: 1ms, retry_cap: 1s}\n"
          "  verify: {enabled: false, age_max: 2d, retry_after: 1s, retry_cap: 2s, concurrency: 4, level: "
          "bytes}\n",
      (folder / "s3dr.yaml").string());
  std::filesystem::remove_all(folder);
  EXPECT_EQ(config.endpoints.addressing(config.source.region), client::Addressing::path);
  EXPECT_EQ(config.endpoints.addressing(config.destination.region), client::Addressing::virtual_host);
  EXPECT_EQ(config.ca_bundle, (folder / "ca.pem").string());
  EXPECT_EQ(config.policy.match_tags.front().key, "team-dr");
  EXPECT_EQ(config.policy.replica_namespace, dr::ReplicaNamespace::account_regional);
  EXPECT_EQ(dr::to_json(config.policy.rule),
            R"({"delete_markers":false,"replication_time":true,"replica_modifications":true,)"
            R"("storage_class":"STANDARD_IA","owner_override":false,"prefix":"logs/","priority":7})");
  const dr::SettingsPolicy& settings = config.policy.settings;
  EXPECT_EQ(settings.follow,
            (std::map<s3::SettingKind, dr::Follow>{{s3::SettingKind::lifecycle, dr::Follow::ignore},
                                                   {s3::SettingKind::notification, dr::Follow::warn}}));
  EXPECT_EQ(settings.mappings,
            (std::vector<dr::ResourceMapping>{{"arn:aws:kms:us-west-2:*", "arn:aws:kms:us-east-2:*"},
                                              {"logs", "logs-east"}}));
  EXPECT_FALSE(settings.repair);
  EXPECT_FALSE(settings.harden);
  EXPECT_EQ(settings.break_glass_role_arns, std::vector<std::string>{"arn:aws:iam::111122223333:role/fire"});
  EXPECT_EQ(settings.repair_role_arn, "arn:aws:iam::111122223333:role/mend");
  EXPECT_EQ(settings.check_every, milliseconds(300'000));
  EXPECT_EQ(config.policy.look_again, milliseconds(250));
  EXPECT_EQ(config.policy.pass_roles, std::vector<std::string>{"arn:aws:iam::111122223333:role/theirs"});
  EXPECT_EQ(config.policy.store.kind, dr::StoreKind::aws);
  EXPECT_EQ(config.policy.store.active_jobs_max, 4);
  EXPECT_EQ(config.policy.store.after_first_versioning, milliseconds(900'000));
  EXPECT_EQ(config.policy.store.after_new_rule, milliseconds(60'000));
  EXPECT_EQ(config.policy.store.fence, milliseconds(120'000));
  EXPECT_EQ(config.retry.attempts_max, 7);
  EXPECT_EQ(config.attempt_max, milliseconds(120'000));
  EXPECT_EQ(config.serve.port, 0);
  EXPECT_EQ(config.serve.event_secret.reveal(), "0123456789abcdef0123");
  EXPECT_EQ(config.serve.controller.verification.verify.level, dr::VerifyLevel::bytes);
  EXPECT_EQ(config.serve.controller.verification.age_max, milliseconds(172'800'000));
  EXPECT_EQ(config.serve.controller.queue.concurrency_max, 2U);
}

TEST(Config, ShortSecretIsRefusedWithoutBeingShown) {
  setenv("S3DR_TEST_SHORT", "tell-nobody", 1);
  try {
    parse_config(std::string(good) + "serve:\n  event_secret_env: S3DR_TEST_SHORT\n", "s3dr.yaml");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("16 characters"), std::string::npos);
    EXPECT_EQ((std::string(error.what()) + error.advice()).find("tell-nobody"), std::string::npos);
  }
  unsetenv("S3DR_TEST_SHORT");
}

TEST(Config, DocumentedExamplesAreValid) {
  std::ifstream file(std::string(S3DR_TEST_DATA) + "/../../docs/configuration.md");
  std::vector<std::string> examples;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```yaml") {
      examples.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside && line.find("event_secret_file") == std::string::npos) {  // no such file here
      examples.back() += line + "\n";
    }
  }
  ASSERT_EQ(examples.size(), 3U);
  for (const std::string& example : examples) EXPECT_NO_THROW(parse_config(example, "s3dr.yaml")) << example;
}

TEST(Config, Durations) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(parse_duration("2d"), milliseconds(172'800'000));
  for (const char* bad : {"", "5", "s", "-1s", "1.5s", "1 s", "1S", "99999999999s", "1sx"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_EQ(format_duration(milliseconds(250)), "250 ms");
  EXPECT_EQ(format_duration(milliseconds(3'200)), "3.2 s");
  EXPECT_EQ(format_duration(milliseconds(3'900'000)), "1h 5m");
}

constexpr const char* two =
    "source:\n"                                                                          // 1
    "  region: us-west-2\n"                                                              // 2
    "  account: \"111122223333\"\n"                                                      // 3
    "delete_markers: false\n"                                                            // 4
    "protections:\n"                                                                     // 5
    "  - name: near\n"                                                                   // 6
    "    destination: {region: us-east-2, account: \"111122223333\"}\n"                  // 7
    "  - name: vault\n"                                                                  // 8
    "    destination: {region: us-east-1, account: \"444455556666\", profile: vault}\n"  // 9
    "    match_tags: {vault: \"yes\"}\n"                                                 // 10
    "    delete_markers: true\n"                                                         // 11
    "    replica_name: \"{bucket}-vault\"\n";                                            // 12

// Each map stands for itself: mappings of one region mean nothing in another one.
TEST(Config, each_protection_has_its_own_settings_or_those_at_the_top) {
  const std::string top = "settings: {repair: false, follow: {cors: ignore}}\n";
  const Config shared = parse_config(two + top, "s3dr.yaml");
  for (const ProtectionConfig& one : shared.protections) {
    EXPECT_FALSE(one.policy.settings.repair);
    EXPECT_EQ(one.policy.settings.follow.at(s3::SettingKind::cors), dr::Follow::ignore);
  }
  const Config own = parse_config(two + std::string("    settings: {harden: false}\n") + top, "s3dr.yaml");
  EXPECT_FALSE(own.protections[0].policy.settings.repair);
  EXPECT_TRUE(own.protections[1].policy.settings.repair) << "the map is taken as a whole";
  EXPECT_FALSE(own.protections[1].policy.settings.harden);
  EXPECT_TRUE(own.protections[1].policy.settings.follow.empty());
}

std::string why_refused(const std::string& text) {
  try {
    parse_config(text, "s3dr.yaml");
  } catch (const Error& error) {
    return error.resource() + ": " + error.message();
  }
  return "";
}

TEST(Config, several_protections_each_with_its_destination) {
  const Config config = parse_config(two, "s3dr.yaml");
  ASSERT_EQ(config.protections.size(), 2U);
  const dr::Policy &near = config.protections[0].policy, &vault = config.protections[1].policy;
  EXPECT_EQ(near.protection_name, "near");
  EXPECT_EQ(near.match_tags, (s3::TagSet{{"dr", "true"}})) << "the default";
  EXPECT_FALSE(near.rule.delete_markers) << "what stands at the top is for all";
  EXPECT_TRUE(vault.rule.delete_markers);
  EXPECT_EQ(vault.match_tags, (s3::TagSet{{"vault", "yes"}}));
  EXPECT_EQ(vault.destination_account.text(), "444455556666");
  EXPECT_EQ(vault.control_bucket.text(), "s3dr-control-444455556666-us-east-1");
  EXPECT_EQ(vault.reports_bucket, near.reports_bucket);
  EXPECT_EQ(vault.replication_role_arn, near.replication_role_arn);
  EXPECT_EQ(config.protections[1].destination.profile, "vault");
  ASSERT_EQ(near.others.size(), 1U);
  EXPECT_EQ(near.others[0].name, "vault");
  EXPECT_TRUE(vault.others[0].comes_first);
  EXPECT_EQ(config.policy.protection_name, "near");
  const Config one = of_protection(config, "vault");
  EXPECT_EQ(one.policy.protection_name, "vault");
  EXPECT_EQ(one.destination.region.text(), "us-east-1");
  EXPECT_EQ(one.policy.others.size(), 1U);
  EXPECT_THROW(of_protection(config, "far"), Error);
  EXPECT_EQ(parse_config(good, "s3dr.yaml").policy.protection_name, "default");
}

TEST(Config, several_protections_that_cannot_be_are_refused) {
  EXPECT_EQ(why_refused(std::string(two) + "destination: {region: us-east-2, account: \"111122223333\"}\n"),
            "s3dr.yaml:13: destination: each of the protections has its own; write it there");
  EXPECT_TRUE(why_refused(replaced(two, "name: vault", "name: near"))
                  .starts_with("s3dr.yaml: name: two protections are called \"near\""));
  EXPECT_TRUE(why_refused(replaced(two, "    replica_name: \"{bucket}-vault\"\n", ""))
                  .starts_with("s3dr.yaml: replica_name: "));
  EXPECT_TRUE(why_refused(replaced(two, "delete_markers: true", "delete_marker: true"))
                  .starts_with("s3dr.yaml:11: "));
  EXPECT_TRUE(why_refused(replaced(two, "name: vault", "pass_roles: []")).find("name: is missing") !=
              std::string::npos);
  EXPECT_NE(why_refused(std::string(good) + "protections: []\n"), "");
  // A region of any destination is known.
  EXPECT_EQ(why_refused(std::string(two) + "endpoints: {us-east-1: \"http://127.0.0.1:1\"}\n"), "");
  EXPECT_NE(why_refused(std::string(two) + "endpoints: {us-east-3: \"http://127.0.0.1:1\"}\n")
                .find("nor one of the destinations' (us-east-2, us-east-1)"),
            std::string::npos);
}

TEST(Config, destinations_allowed_is_refused_with_advice) {
  try {
    parse_config(std::string(good) + "destinations_allowed: []\n", "s3dr.yaml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("replicas go to the destination of each protection"), std::string::npos);
  }
}

}  // namespace
}  // namespace s3dr::app
