// Settings of the deployments that the tests of deploy/ are about.
#pragma once

#include "deploy/resources/settings.h"
#include "dr/policy.h"

namespace s3dr::deploy::test {

inline Protection protection_to(const char* account, const char* region) {
  Protection protection;
  protection.destination = {s3::AccountId::parse(account), s3::Region::parse(region)};
  protection.control_bucket =
      dr::control_bucket_name(protection.destination.account, protection.destination.region);
  return protection;
}

inline Settings settings_between(const char* source_account, const char* destination_account) {
  Settings settings;
  settings.source = {s3::AccountId::parse(source_account), s3::Region::parse("us-west-2")};
  settings.protections = {protection_to(destination_account, "us-east-1")};
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
  Protection& protection = settings.protections.front();
  protection.replica_name_template = "dr-{bucket}";
  protection.replica_namespace = dr::ReplicaNamespace::account_regional;
  protection.rule.delete_markers = false;
  protection.rule.metrics = false;
  protection.rule.prefix = "logs/";
  protection.bucket_settings.follow = {{s3::SettingKind::lifecycle, dr::Follow::ignore}};
  protection.bucket_settings.mappings = {{"arn:aws:kms:us-west-2:*", "arn:aws:kms:us-east-1:*"}};
  protection.bucket_settings.harden = false;
  protection.match_tags = {{"dr", "true"}, {"tier", "gold"}};
  protection.control_bucket = s3::BucketName::parse("our-records");
  settings.reports_bucket = s3::BucketName::parse("our-reports");
  return settings;
}

// Three protections of one source: "near" and "gold" in two regions of its account, "vault" in another account and
// the region of the first one.
inline Settings three_protections() {
  Settings settings = one_account();
  Protection near = protection_to("111122223333", "us-east-1");
  near.name = "near";
  Protection gold = protection_to("111122223333", "eu-west-1");
  gold.name = "gold";
  gold.match_tags = {{"dr", "gold"}};
  gold.replica_name_template = "{bucket}-gold";
  Protection vault = protection_to("444455556666", "us-east-1");
  vault.name = "vault";
  vault.match_tags = {{"vault", "yes"}};
  vault.replica_namespace = dr::ReplicaNamespace::account_regional;
  vault.rule.delete_markers = false;
  settings.protections = {near, gold, vault};
  return settings;
}

}  // namespace s3dr::deploy::test
