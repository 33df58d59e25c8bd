#include "sim/deployed/privilege_settings.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "dr/replica_name.h"
#include "s3/bucket_setting.h"

namespace s3dr::sim {
namespace {

using s3::SettingKind;

constexpr milliseconds limit = std::chrono::minutes(8);
// With a look a minute: what is still open then stays so.
constexpr milliseconds settled_after = std::chrono::minutes(4);

const s3::BucketName& data() {
  static const auto name = s3::BucketName::parse("data-1");
  return name;
}
// Of the protection that is meant.
s3::BucketName replica(DeployedJob& job) {
  return dr::replica_name(job.policy(), data());
}
ports::BucketStore& destination(DeployedJob& job) {
  Cluster& cluster = job.cluster();
  return cluster.user().protections(cluster.protections())[job.focus()].destination;
}
const s3::BucketName& logs_here() {
  static const auto name = s3::BucketName::parse("logs-here");
  return name;
}
const s3::BucketName& logs_there() {
  static const auto name = s3::BucketName::parse("logs-there");
  return name;
}

struct Given {
  SettingKind kind;
  std::string_view document;
};

// Each one differs from what a new bucket has.
constexpr Given given[] = {
    {SettingKind::object_lock,
     "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
     "<Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>"},
    {SettingKind::ownership_controls,
     "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></"
     "OwnershipControls>"},
    {SettingKind::encryption,
     "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
     "</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>"
     "</ServerSideEncryptionConfiguration>"},
    {SettingKind::policy,
     R"({"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Principal":{"AWS":)"
     R"("arn:aws:iam::111122223333:root"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::data-1"}]})"},
    {SettingKind::cors,
     "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://example.org"
     "</AllowedOrigin></CORSRule></CORSConfiguration>"},
    {SettingKind::lifecycle,
     "<LifecycleConfiguration><Rule><ID>old</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</"
     "Status>"
     "<Expiration><Days>400</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>90</"
     "NoncurrentDays>"
     "</NoncurrentVersionExpiration></Rule></LifecycleConfiguration>"},
    {SettingKind::website,
     "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></"
     "WebsiteConfiguration>"},
    {SettingKind::logging,
     "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs-here</TargetBucket><TargetPrefix>data-1/"
     "</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"},
    {SettingKind::notification,
     "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>"},
    {SettingKind::accelerate, "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"},
    {SettingKind::intelligent_tiering,
     "<Configurations><IntelligentTieringConfiguration><Id>cold</Id><Status>Enabled</Status><Tiering>"
     "<AccessTier>ARCHIVE_ACCESS</AccessTier><Days>90</Days></Tiering></IntelligentTieringConfiguration>"
     "</Configurations>"},
    {SettingKind::analytics,
     "<Configurations><AnalyticsConfiguration><Id>classes</Id><StorageClassAnalysis/></"
     "AnalyticsConfiguration>"
     "</Configurations>"},
    {SettingKind::metrics,
     "<Configurations><MetricsConfiguration><Id>all</Id></MetricsConfiguration></Configurations>"},
    {SettingKind::inventory,
     "<Configurations><InventoryConfiguration><Id>weekly</Id><Destination><S3BucketDestination><Bucket>"
     "arn:aws:s3:::logs-here</Bucket><Format>CSV</Format></S3BucketDestination></Destination><IsEnabled>true"
     "</IsEnabled><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Weekly</Frequency>"
     "</Schedule></InventoryConfiguration></Configurations>"},
    {SettingKind::abac, "<AbacStatus><Status>Enabled</Status></AbacStatus>"},
};

// What no first copy writes, because a new bucket has it as the source does: somebody changes it at the replica.
constexpr Given by_hand[] = {
    {SettingKind::request_payment,
     "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"},
    {SettingKind::public_access_block,
     "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls><IgnorePublicAcls>false"
     "</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false"
     "</RestrictPublicBuckets></PublicAccessBlockConfiguration>"},
};

// With a grant that a bucket does not have by itself; the owner is told by what the store answers.
std::string with_a_grant(std::string acl) {
  const std::string end = "</AccessControlList>";
  const std::size_t at = acl.find(end);
  if (at == std::string::npos) throw Failed("the store's ACL has no list: " + acl);
  acl.insert(
      at,
      "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>"
      "http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee><Permission>READ_ACP</Permission></"
      "Grant>");
  return acl;
}

Task<> make_with_settings(DeployedJob& job) {
  Hands& hands = job.cluster().user();
  co_await job.user().make_versioned(*hands.source, data());
  co_await job.user().put(data(), "a");
  co_await hands.source->create_bucket(logs_here(), {});
  co_await destination(job).create_bucket(logs_there(), {});
  for (const Given& one : given)
    co_await hands.source->put_bucket_setting(data(), one.kind, std::string(one.document));
  const auto acl = co_await hands.source->get_bucket_setting(data(), SettingKind::acl);
  co_await hands.source->put_bucket_setting(data(), SettingKind::acl, with_a_grant(acl.value_or("")));
}

Task<> change_some(DeployedJob& job) {
  Hands& hands = job.cluster().user();
  for (const Given& one : by_hand)
    co_await destination(job).put_bucket_setting(replica(job), one.kind, std::string(one.document));
  co_await hands.source->put_bucket_setting(data(), SettingKind::website, std::nullopt);
}

// Why not every kind is in step; empty: it is.
std::string what_is_open(DeployedJob& job, Instant since) {
  const auto record = job.record(data());
  if (!record || !record->settings.checked || *record->settings.checked < since) return "not looked at";
  std::string open;
  for (const dr::SettingRecord& one : record->settings.kinds) {
    if (!dr::is_healthy(one.status))
      open += " " + one.word + " " + std::string(dr::to_string(one.status)) + " (" + one.message + ")";
  }
  if (open.empty() && record->settings.kinds.size() + 1 < s3::setting_calls().size())
    return "not every kind is told";
  return open;
}

void wait_for_step(DeployedJob& job, const std::string& what) {
  const Instant begin = job.cluster().clock().now();
  if (job.wait_until([&] { return what_is_open(job, begin).empty(); }, settled_after)) return;
  throw Failed(what + ": " + what_is_open(job, begin));
}

Task<> read_both(DeployedJob& job, SettingKind kind, std::optional<std::string>& website,
                 std::string& payer) {
  ports::BucketStore& store = destination(job);
  website = co_await store.get_bucket_setting(replica(job), kind);
  payer = (co_await store.get_bucket_setting(replica(job), SettingKind::request_payment)).value_or("");
}

}  // namespace

void follow_every_setting(deploy::Settings& settings) {
  for (deploy::Protection& one : settings.protections) {
    dr::SettingsPolicy& wanted = one.bucket_settings;
    wanted.check_every = std::chrono::minutes(1);
    wanted.follow = {{SettingKind::notification, dr::Follow::clone},
                     {SettingKind::ownership_controls, dr::Follow::clone}};
    wanted.mappings = {{"logs-here", "logs-there"}, {"arn:aws:s3:::logs-here", "arn:aws:s3:::logs-there"}};
  }
  settings.sweep_minutes = 1;
}

void settings_of_every_kind(DeployedJob& job) {
  job.watch().add_source(data());
  job.watch().allow(logs_here());
  job.watch().allow(logs_there());
  job.cluster().run(make_with_settings(job), "a bucket with a setting of each kind");
  job.cluster().run(job.user().tag(data(), job.focus()), "tagging");
  job.converge({data()}, limit);
  wait_for_step(job, "the first copy");
  job.cluster().run(change_some(job), "settings changed by hand, and one taken away");
  wait_for_step(job, "what was changed");
  std::optional<std::string> website;
  std::string payer;
  job.cluster().run(read_both(job, SettingKind::website, website, payer), "looking at the replica");
  if (website) throw Failed("the replica still has the website");
  if (payer.find("Requester") != std::string::npos) throw Failed("the replica still makes the requester pay");
}

}  // namespace s3dr::sim
