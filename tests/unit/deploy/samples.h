// Settings of the deployments that the tests of deploy/ are about.
#pragma once

#include "deploy/resources/settings.h"
#include "dr/policy.h"

namespace s3dr::deploy::test {

inline Settings settings_between(const char* source_account, const char* destination_account) {
  Settings settings;
  settings.source = {s3::AccountId::parse(source_account), s3::Region::parse("us-west-2")};
  settings.destination = {s3::AccountId::parse(destination_account), s3::Region::parse("us-east-1")};
  settings.control_bucket =
      dr::control_bucket_name(settings.destination.account, settings.destination.region);
  settings.reports_bucket = dr::reports_bucket_name(settings.source.account, settings.source.region);
  settings.package = "not a zip, but bytes";
  return settings;
}

inline Settings one_account() {
  return settings_between("111122223333", "111122223333");
}

inline Settings two_accounts() {
  return settings_between("111122223333", "444455556666");
}

// Everything that can be asked for is asked for.
inline Settings everything() {
  Settings settings = two_accounts();
  settings.create_trail = true;
  settings.endpoints_json = R"({"us-east-1":"http://127.0.0.1:9102","us-west-2":"http://127.0.0.1:9101"})";
  settings.ca_pem = "-----BEGIN CERTIFICATE-----\n";
  settings.replica_name_template = "dr-{bucket}";
  settings.replica_namespace = dr::ReplicaNamespace::account_regional;
  settings.rule.delete_markers = false;
  settings.rule.metrics = false;
  settings.rule.prefix = "logs/";
  settings.bucket_settings.follow = {{s3::SettingKind::lifecycle, dr::Follow::ignore}};
  settings.bucket_settings.mappings = {{"arn:aws:kms:us-west-2:*", "arn:aws:kms:us-east-1:*"}};
  settings.bucket_settings.harden = false;
  settings.match_tags = {{"dr", "true"}, {"tier", "gold"}};
  settings.control_bucket = s3::BucketName::parse("our-records");
  settings.reports_bucket = s3::BucketName::parse("our-reports");
  return settings;
}

}  // namespace s3dr::deploy::test
