// The table of kinds: what each makes of absent, set, stricter, weaker, removed and neutral documents, and of what cannot
// be had at the replica.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "kind_fixtures.h"

namespace s3dr::dr {
namespace {

using enum s3::SettingKind;
using enum Strictness;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string fixture(s3::SettingKind kind) {
  return test::fixture(S3DR_TEST_DATA, kind);
}

SettingDocument normal(s3::SettingKind kind, const std::string& text) {
  return setting_of(kind).normal_form(text);
}

struct Edit {
  std::string from, to;
};

struct KindCase {
  s3::SettingKind kind;
  std::vector<std::string> unset;  // texts that say what "not set" says
  std::vector<Edit> stricter, weaker, neutral;
  Strictness set_first, removed;
};

std::string root(s3::SettingKind kind) {
  return "<" + std::string(s3::call_of(kind).root) + "/>";
}

const std::string everybody =
    "<Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"
    "<Permission>READ</Permission></Grant>";
const std::string delivery_start =
    "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
    "xsi:type=\"Group\"><URI>";
const std::string delivery = delivery_start +
                             "http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee>"
                             "<Permission>WRITE</Permission></Grant>";
const std::string owner_alone = std::string(
    "<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant>"
    "<Grantee><ID>o</ID></Grantee><Permission>FULL_CONTROL</Permission>"
    "</Grant></AccessControlList></AccessControlPolicy>");

// The bucket policy has a test of its own: setting_policy_test.cc.
std::vector<KindCase> cases() {
  const std::string no_configuration = "<Configurations/>";
  return {
      {object_lock,
       {root(object_lock)},
       {{"<Days>30<", "<Days>31<"}, {"GOVERNANCE", "COMPLIANCE"}, {"<Days>30</Days>", "<Years>1</Years>"}},
       {{"<Days>30<", "<Days>29<"},
        {"<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule>", ""}},
       {},
       stricter,
       weaker},
      {ownership_controls,
       {root(ownership_controls),
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
        "</OwnershipControls>"},
       {{"BucketOwnerPreferred", "BucketOwnerEnforced"}},
       {{"BucketOwnerPreferred", "ObjectWriter"}},
       {},
       stricter,
       weaker},
      {public_access_block,
       {root(public_access_block),
        "<PublicAccessBlockConfiguration><BlockPublicAcls>FALSE</BlockPublicAcls></"
        "PublicAccessBlockConfiguration>"},
       {{"<BlockPublicPolicy>false", "<BlockPublicPolicy>true"}},
       {{"<BlockPublicAcls>true", "<BlockPublicAcls>false"},
        {"true</IgnorePublicAcls><BlockPublicPolicy>false",
         "false</IgnorePublicAcls><BlockPublicPolicy>true"}},
       {},
       stricter,
       weaker},
      {encryption,
       {"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
        "</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>"
        "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes></Rule>"
        "</ServerSideEncryptionConfiguration>"},
       {{"aws:kms<", "aws:kms:dsse<"}},
       {{"<EncryptionType>SSE-C<", "<EncryptionType>NONE<"}, {"aws:kms<", "AES256<"}},
       {{"<BucketKeyEnabled>true", "<BucketKeyEnabled>false"}},
       stricter,
       weaker},
      {acl,
       {owner_alone},
       {{delivery, ""}},
       {{"<Permission>WRITE<", "<Permission>FULL_CONTROL<"},
        {delivery, everybody},
        {delivery, delivery + everybody}},
       {},
       weaker,
       stricter},
      {cors,
       {root(cors)},
       {{"<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>", ""}},
       {{"<AllowedOrigin>https://ledger.example<", "<AllowedOrigin>*<"}},
       {{"<ID>forms</ID>", ""}},
       weaker,
       stricter},
      {lifecycle,
       {root(lifecycle)},
       {{"<Days>365<", "<Days>366<"},
        {"<NoncurrentDays>90<", "<NoncurrentDays>91<"},
        {"<Prefix>drafts/<", "<Prefix>drafts/old/<"},
        {"<Status>Enabled<", "<Status>Disabled<"},
        {"<Expiration><Days>365</Days></Expiration>", ""}},
       {{"<Days>365<", "<Days>1<"},
        {"<NewerNoncurrentVersions>3</NewerNoncurrentVersions>", ""},
        {"<Tag><Key>kind</Key><Value>draft</Value></Tag>", ""},
        {"STANDARD_IA", "DEEP_ARCHIVE"},
        {"<Days>365</Days>", "<Date>2026-01-01T00:00:00Z</Date>"}},
       {{"<Days>60<", "<Days>90<"},
        {"<DaysAfterInitiation>7<", "<DaysAfterInitiation>1<"},
        {"all_storage_classes_128K", "varies_by_storage_class"}},
       weaker,
       stricter},
      {website,
       {root(website)},
       {},
       {{"docs.example", "other.example"}},
       {{"index.html", "home.html"}},
       weaker,
       stricter},
      {logging,
       {root(logging)},
       {},
       {},
       {{"harbor-logs", "other-logs"}, {"ledger/", "l/"}},
       stricter,
       weaker},
      {notification,
       {root(notification)},
       {},
       {},
       {{"uploads", "others"}, {"in/", "out/"}},
       neutral,
       neutral},
      {accelerate,
       {root(accelerate), "<AccelerateConfiguration><Status>Suspended</Status></AccelerateConfiguration>"},
       {},
       {},
       {},
       neutral,
       neutral},
      {request_payment,
       {"<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"},
       {},
       {},
       {},
       weaker,
       stricter},
      {intelligent_tiering,
       {no_configuration},
       {{"<Days>90<", "<Days>120<"}, {"Enabled", "Disabled"}, {"old/", "old/files/"}},
       {{"<Days>90<", "<Days>30<"}, {"<Prefix>old/</Prefix>", ""}},
       {},
       weaker,
       stricter},
      {analytics, {no_configuration}, {}, {}, {{"in/", "out/"}}, neutral, neutral},
      {metrics, {no_configuration}, {}, {}, {{"accesspoint/forms", "accesspoint/others"}}, neutral, neutral},
      {inventory, {no_configuration}, {}, {}, {{"Daily", "Weekly"}}, neutral, neutral},
      {abac,
       {root(abac), "<AbacStatus><Status>Disabled</Status></AbacStatus>"},
       {},
       {},
       {},
       weaker,
       stricter},
  };
}

Strictness reverse_of(Strictness strictness) {
  if (strictness == stricter) return weaker;
  return strictness == weaker ? stricter : strictness;
}

void expect_edits(s3::SettingKind kind, const std::vector<Edit>& edits, Strictness expected) {
  const SettingDocument present = normal(kind, fixture(kind));
  for (const Edit& edit : edits) {
    SCOPED_TRACE(edit.from + " becomes " + edit.to);
    const SettingDocument wanted = normal(kind, test::edited(fixture(kind), edit.from, edit.to));
    EXPECT_NE(present, wanted);
    EXPECT_EQ(setting_of(kind).compare(present, wanted), expected);
    if (expected != weaker) EXPECT_EQ(setting_of(kind).compare(wanted, present), reverse_of(expected));
  }
}

TEST(SettingKinds, have_a_row_each_in_the_order_of_the_kinds) {
  ASSERT_EQ(settings().size(), s3::setting_calls().size());
  for (std::size_t i = 0; i < settings().size(); ++i) {
    const Setting& row = settings()[i];
    EXPECT_EQ(row.kind, s3::setting_calls()[i].kind);
    EXPECT_EQ(&setting_of(row.kind), &row);
    EXPECT_FALSE(row.name.empty());
    EXPECT_FALSE(row.why.empty());
    EXPECT_TRUE(row.normal_form && row.transform && row.compare && row.summary) << row.name;
  }
  EXPECT_EQ(cases().size() + 1, settings().size()) << "a case a kind, but the bucket policy";
}

TEST(SettingKinds, say_of_each_change_whether_it_is_stricter_or_weaker) {
  for (const KindCase& one : cases()) {
    SCOPED_TRACE(s3::to_string(one.kind));
    const Setting& row = setting_of(one.kind);
    for (const std::string& text : one.unset) EXPECT_EQ(normal(one.kind, text), std::nullopt) << text;
    const SettingDocument set = normal(one.kind, fixture(one.kind));
    ASSERT_TRUE(set);
    EXPECT_EQ(row.compare(set, set), equal);
    EXPECT_EQ(row.compare(std::nullopt, std::nullopt), equal);
    EXPECT_EQ(row.compare(std::nullopt, set), one.set_first);
    EXPECT_EQ(row.compare(set, std::nullopt), one.removed);
    expect_edits(one.kind, one.stricter, stricter);
    expect_edits(one.kind, one.weaker, weaker);
    expect_edits(one.kind, one.neutral, neutral);
  }
}

TEST(SettingKinds, refuse_what_is_no_document_of_the_kind) {
  for (const Setting& row : settings()) {
    for (const char* text :
         {"", "<", "{\"Version\":1", "<!DOCTYPE a><a/>", "<Error><Code>AccessDenied</Code></Error>"}) {
      if (s3::call_of(row.kind).by_id && std::string_view(text).starts_with("<Error")) continue;
      EXPECT_THROW(row.normal_form(text), Error) << row.name << ": " << text;
    }
  }
}

// By the other default S3 moves objects of less than 128 KiB into the archive, too.
TEST(SettingKinds, a_default_that_archives_small_objects_is_weaker) {
  const std::string size = "<TransitionDefaultMinimumObjectSize>";
  const auto of = [&](const std::string& word, const std::string& filter) {
    return normal(lifecycle, "<LifecycleConfiguration>" + size + word +
                                 "</TransitionDefaultMinimumObjectSize><Rule><ID>x</ID><Filter>" + filter +
                                 "</Filter><Status>Enabled</Status><Transition><Days>9</Days><StorageClass>"
                                 "GLACIER</StorageClass></Transition></Rule></LifecycleConfiguration>");
  };
  const std::string kept = "all_storage_classes_128K", moved = "varies_by_storage_class";
  const auto compare = setting_of(lifecycle).compare;
  EXPECT_EQ(compare(of(kept, ""), of(moved, "")), weaker);
  EXPECT_EQ(compare(of(moved, ""), of(kept, "")), stricter);
  const std::string sized = "<ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>";
  EXPECT_EQ(compare(of(kept, sized), of(moved, sized)), neutral) << "a size in the filter counts first";
  EXPECT_EQ(compare(of(kept, ""), of(kept, sized)), weaker);
}

TEST(SettingKinds, a_date_is_the_same_however_it_is_written) {
  const auto on = [](const std::string& date) {
    return normal(lifecycle,
                  "<LifecycleConfiguration><Rule><ID>x</ID><Filter/><Status>Enabled</Status><Expiration>"
                  "<Date>" +
                      date + "</Date></Expiration></Rule></LifecycleConfiguration>");
  };
  EXPECT_EQ(on("2030-01-01T00:00:00Z"), on("2030-01-01T00:00:00.000Z"));
  EXPECT_EQ(setting_of(lifecycle).compare(on("2030-01-02T00:00:00Z"), on("2030-01-01T00:00:00.000Z")),
            weaker);
}

// Whoever has the source tries to reach the replica through us.
TEST(SettingKinds, attacks_on_the_source_are_weaker) {
  const auto attack = [](s3::SettingKind kind, const SettingDocument& before, const SettingDocument& after) {
    EXPECT_EQ(setting_of(kind).compare(before, after), weaker) << s3::to_string(kind);
  };
  const std::string expiry =
      "<LifecycleConfiguration><Rule><ID>x</ID><Filter/><Status>Enabled</Status><Expiration>"
      "<Days>1</Days></Expiration></Rule></LifecycleConfiguration>";
  attack(lifecycle, std::nullopt, normal(lifecycle, expiry));
  attack(lifecycle, normal(lifecycle, fixture(lifecycle)), normal(lifecycle, expiry));
  const std::string older =
      "<LifecycleConfiguration><Rule><ID>x</ID><Filter/><Status>Enabled</Status>"
      "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
      "</NoncurrentVersionExpiration></Rule></LifecycleConfiguration>";
  attack(lifecycle, std::nullopt, normal(lifecycle, older));
  attack(public_access_block, normal(public_access_block, fixture(public_access_block)), std::nullopt);
  attack(ownership_controls, normal(ownership_controls, fixture(ownership_controls)), std::nullopt);
  attack(encryption, normal(encryption, fixture(encryption)),
         normal(encryption, test::edited(fixture(encryption), ">SSE-C<", ">NONE<")));
  attack(encryption, normal(encryption, fixture(encryption)), std::nullopt);
  attack(acl, std::nullopt,
         normal(acl, test::edited(owner_alone, "</AccessControlList>", everybody + "</AccessControlList>")));
  attack(acl, normal(acl, fixture(acl)),
         normal(acl, test::edited(fixture(acl), "</AccessControlList>", everybody + "</AccessControlList>")));
  attack(object_lock, normal(object_lock, fixture(object_lock)),
         normal(object_lock, test::edited(fixture(object_lock), "<Days>30<", "<Days>1<")));
  attack(logging, normal(logging, fixture(logging)), std::nullopt);
}

}  // namespace
}  // namespace s3dr::dr
