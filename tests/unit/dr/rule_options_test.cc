#include "dr/rule_options.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace s3dr {
namespace {

dr::RuleOptions every_option() {
  dr::RuleOptions options;
  options.delete_markers = false;
  options.metrics = false;
  options.replication_time = true;
  options.storage_class = "STANDARD_IA";
  options.owner_override = false;
  options.replica_modifications = true;
  options.prefix = "logs/";
  options.tags = {{"class", "gold"}, {"a", "b"}};
  options.priority = 7;
  return options;
}

TEST(RuleOptions, are_read_back_from_a_variable_as_they_were_written) {
  EXPECT_EQ(dr::to_json(dr::RuleOptions()), "{}");
  EXPECT_EQ(dr::parse_rule_options("{}"), dr::RuleOptions());
  EXPECT_EQ(dr::parse_rule_options(dr::to_json(every_option())), every_option());
  for (const char* broken : {"", "[]", R"({"metrics":"on"})", R"({"metrisc":true})", R"({"prefix":1})",
                             R"({"tags":["a"]})", R"({"priority":"7"})", R"({"owner_override":1})"}) {
    try {
      static_cast<void>(dr::parse_rule_options(broken));
      ADD_FAILURE() << broken;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid) << broken;
    }
  }
}

struct Impossible {
  const char* field;
  const char* reason;
  bool two_accounts;
  void (*change)(dr::RuleOptions&);
};

TEST(RuleOptions, what_s3_would_refuse_is_refused_with_its_field) {
  const Impossible table[] = {
      {"replication_time", "needs metrics", false,
       [](dr::RuleOptions& rule) {
         rule.replication_time = true;
         rule.metrics = false;
       }},
      {"storage_class", "is not one of STANDARD,", false, [](auto& rule) { rule.storage_class = "COLD"; }},
      {"storage_class", "is not one of", false, [](auto& rule) { rule.storage_class = "OUTPOSTS"; }},
      {"owner_override", "one account", false, [](auto& rule) { rule.owner_override = true; }},
      {"prefix", "longer than 1024 bytes", false, [](auto& rule) { rule.prefix = std::string(1025, 'a'); }},
      {"prefix", "control character", false, [](auto& rule) { rule.prefix = "a\n"; }},
      {"priority", "from 0 to 2147483647", false, [](auto& rule) { rule.priority = -1; }},
      {"tags", "together with delete markers", false, [](auto& rule) { rule.tags = {{"a", "b"}}; }},
      {"tags", "not supported yet", false,
       [](dr::RuleOptions& rule) {
         rule.tags = {{"a", "b"}};
         rule.delete_markers = false;
       }},
      {"tags", "", false, [](auto& rule) { rule.tags = {{"", "b"}}; }},
  };
  for (const Impossible& row : table) {
    dr::RuleOptions options;
    row.change(options);
    const auto invalid = dr::why_invalid(options, row.two_accounts);
    ASSERT_TRUE(invalid) << row.field << row.reason;
    EXPECT_EQ(invalid->field, row.field);
    EXPECT_NE(invalid->reason.find(row.reason), std::string::npos) << invalid->reason;
  }
}

TEST(RuleOptions, what_s3_takes_is_taken) {
  EXPECT_FALSE(dr::why_invalid({}, false));
  EXPECT_FALSE(dr::why_invalid({}, true));
  dr::RuleOptions options = every_option();
  options.metrics = true;
  options.tags.clear();
  for (const bool two_accounts : {false, true}) EXPECT_FALSE(dr::why_invalid(options, two_accounts));
  options.owner_override = true;
  EXPECT_FALSE(dr::why_invalid(options, true));
  for (const char* name : {"STANDARD", "GLACIER_IR", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"}) {
    options.storage_class = name;
    EXPECT_FALSE(dr::why_invalid(options, true)) << name;
  }
}

TEST(RuleOptions, the_destination_owns_the_replicas_between_two_accounts_unless_told_otherwise) {
  dr::RuleOptions options;
  EXPECT_TRUE(dr::overrides_owner(options, true));
  EXPECT_FALSE(dr::overrides_owner(options, false));
  options.owner_override = false;
  EXPECT_FALSE(dr::overrides_owner(options, true));
}

TEST(RuleOptions, are_said_in_one_line_and_what_they_select_in_another) {
  EXPECT_EQ(dr::describe({}), "delete markers replicated, metrics\nall keys");
  EXPECT_EQ(dr::describe(every_option()),
            "delete markers not replicated, no metrics, replication time control (15 minutes), storage class "
            "STANDARD_IA, no owner override, replica modification sync, priority 7\n"
            "only keys that begin with \"logs/\", only with tag class=gold, only with tag a=b");
}

}  // namespace
}  // namespace s3dr
