// What `s3dr deploy` leaves alone, and what it refuses: others' things beside ours at `destroy`, a name of
// ours that somebody else has, a saved plan that is not the plan of now.
#include <fmt/format.h>

#include <functional>

#include "deploy/declare/declaration.h"
#include "deploy/plan_file.h"
#include "deploy/resources/names.h"
#include "dr/record.h"
#include "sim/deploy/by_hand.h"
#include "sim/deploy/others.h"
#include "sim/deployed/self_test_cases.h"
#include "sim/world/cloud_state.h"
#include "sim/world/deployed_cluster.h"
#include "sim/world/matrix.h"
#include "sim/world/raw_calls.h"

namespace s3dr::sim {
namespace {

using deploy::Kind;
using deploy::Resource;

void require(const CommandEnd& end, const std::string& what) {
  if (!end.ok()) throw Failed(what + ": " + end.text());
}

Resource resource_of(DeployedCluster& deployed, Kind kind, std::string_view name) {
  for (const Resource& resource : deploy::declare(deployed.settings())) {
    if (resource.kind == kind && resource.name == name) return resource;
  }
  throw Failed("nothing declared under the name " + std::string(name));
}

Resource batch_role(DeployedCluster& deployed) {
  return resource_of(deployed, Kind::role, "s3dr-batch");
}

Resource dead_letters(DeployedCluster& deployed) {
  return resource_of(deployed, Kind::queue, "s3dr-dead-letters");
}

Task<> describe_by_hand(DeployedCluster& deployed, std::string text) {
  const Resource role = batch_role(deployed);
  boost::json::object after = role.properties;
  after["description"] = text;
  co_await change_by_hand(deployed.by_hand(), role, std::move(after));
}

Task<> make_untagged_role(DeployedCluster& deployed, std::string name) {
  std::map<std::string, std::string> form{
      {"RoleName", name},
      {"AssumeRolePolicyDocument",
       R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})"}};
  co_await query(*deployed.by_hand().source, "iam", "CreateRole", std::move(form));
}

// Two versions of a record of ours, or of a deployment for another source region.
Task<> put_record(DeployedCluster& deployed, s3::Region source_region) {
  ServiceHands& hands = deployed.by_hand();
  const deploy::Settings& settings = deployed.settings();
  client::ObjectWriter writer(*hands.s3.destination_client, settings.protections.front().destination.account);
  const s3::ObjectKey key(
      dr::record_key(settings.source.account, source_region, s3::BucketName::parse("photos")));
  for (const char* body : {"{}", "{ }"})
    co_await writer.put_object(settings.protections.front().control_bucket, key, client::text_source(body),
                               {});
}

// Everything ours is gone, another deployment in the same accounts and everything of others' stay.
void destroy_leaves_others(bool two_accounts, Log* log, MatrixReport& report) {
  DeployedCluster deployed({1, 0, log, two_accounts});
  Cluster& cluster = deployed.cluster();
  cluster.run(make_others(deployed), "others' things");
  deploy::Settings& settings = deployed.settings();
  const deploy::Settings ours = settings;
  settings.name_prefix = "second";
  settings.protections.front().control_bucket = s3::BucketName::parse("second-control");
  settings.reports_bucket = s3::BucketName::parse("second-reports");
  require(deployed.apply(), "another deployment");
  const CloudState before = cloud_state(cluster);
  settings = ours;
  settings.create_trail = true;
  require(deployed.apply(), "apply");
  cluster.run(put_record(deployed, settings.source.region), "a record");
  cluster.run(tag_by_hand(deployed.by_hand(), dead_letters(deployed), {{"cost-centre", "42"}}), "a tag");
  settings.create_trail = false;

  const CommandEnd kept = deployed.destroy();
  require(kept, "destroy");
  CloudState left = cloud_state(cluster);
  std::erase_if(left, [](const std::string& line) {
    return line.find(" | s3dr-control-") != std::string::npos ||
           line.find(" | s3dr-reports-") != std::string::npos ||
           line.find(" | s3dr-trail-") != std::string::npos;
  });
  const std::size_t own = cloud_state(cluster).size() - left.size();
  // Their buckets, the lifecycle of each, and two versions of things in them.
  report.expect(own == (two_accounts ? 10 : 8), fmt::format("destroy keeps the records: {} rows", own));
  std::string wrong = difference_of(left, before);
  report.expect(wrong.empty(), "destroy, beside our buckets:" + wrong);
  CommandOptions with_buckets;
  with_buckets.delete_own_buckets = true;
  const CommandEnd all = deployed.destroy(with_buckets);
  require(all, "destroy --delete-own-buckets");
  wrong = difference_of(cloud_state(cluster), before);
  report.expect(wrong.empty(), "destroy --delete-own-buckets:" + wrong);
  const CommandEnd again = deployed.destroy(with_buckets);
  report.expect(again.ok() && again.result.total() == 0, "destroy again: " + again.text());
  report.summary += fmt::format("destroy, {}: {} of ours gone, {} rows of others' as before\n",
                                two_accounts ? "two accounts" : "one account",
                                kept.result.removed + all.result.removed, before.size());
}

Task<> make_bucket_of_a_stranger(DeployedCluster& deployed, s3::BucketName bucket) {
  co_await deployed.by_hand().s3.destination->create_bucket(bucket, {});
}

// A deployment for another source region keeps its records in the same bucket; and a stranger has a bucket
// under the name that our trail's would have.
void destroy_among_neighbours(Log* log, MatrixReport& report) {
  DeployedCluster deployed({1, 0, log, true});
  Cluster& cluster = deployed.cluster();
  const auto names = deploy::Names(deployed.settings());
  cluster.run(
      make_bucket_of_a_stranger(deployed, s3::BucketName::parse(names.trail_bucket(deploy::Side::source))),
      "a stranger's bucket");
  require(deployed.apply(), "apply");
  cluster.run(put_record(deployed, s3::Region::parse("eu-west-1")), "a record of the neighbour");
  const std::string control = deployed.settings().protections.front().control_bucket.text();
  const auto rows_of_control = [&] {
    CloudState rows = cloud_state(cluster);
    std::erase_if(rows,
                  [&](const std::string& row) { return row.find(" | " + control) == std::string::npos; });
    return rows;
  };
  const CloudState before = rows_of_control();
  report.expect(before.size() == 4,
                fmt::format("a bucket, its lifecycle and two versions: {} rows", before.size()));
  CommandOptions with_buckets;
  with_buckets.delete_own_buckets = true;
  const CommandEnd destroyed = deployed.destroy(with_buckets);
  require(destroyed, "destroy beside a stranger's bucket");
  const std::string wrong = difference_of(rows_of_control(), before);
  report.expect(wrong.empty(), "a neighbour's records went with ours:" + wrong);
  const bool told = std::ranges::any_of(destroyed.plan.changes, [&](const deploy::Change& change) {
    return change.resource.name == control && change.reason.find("eu-west-1") != std::string::npos;
  });
  report.expect(told && destroyed.result.removed > 0, "destroy does not say why it keeps " + control);
}

// Somebody has a role under a name of ours: nothing is written, and nothing of it is removed.
void name_taken(Log* log, MatrixReport& report) {
  DeployedCluster deployed({1, 0, log});
  Cluster& cluster = deployed.cluster();
  cluster.run(make_untagged_role(deployed, "s3dr-batch"), "a role of somebody's");
  const CloudState before = cloud_state(cluster);
  const CommandEnd refused = deployed.apply();
  report.expect(refused.failure && refused.plan.count(deploy::ChangeKind::foreign) == 1,
                "apply beside a role that is not ours: " + refused.text());
  std::string wrong = difference_of(cloud_state(cluster), before);
  report.expect(wrong.empty(), "a refused apply wrote:" + wrong);
  const CommandEnd destroyed = deployed.destroy();
  wrong = difference_of(cloud_state(cluster), before);
  report.expect(destroyed.ok() && wrong.empty(), "destroy beside a role that is not ours:" + wrong);
  CommandOptions adopting;
  adopting.adopt = true;
  const CommandEnd adopted = deployed.apply(adopting);
  report.expect(adopted.ok() && adopted.result.updated == 1, "apply --adopt: " + adopted.text());
}

// What may happen between `plan --out` and `apply FILE`.
struct Staleness {
  const char* what;
  bool deployed_before;  // the plan is of changed settings, else from nothing
  std::function<void(DeployedCluster&, std::string&)> happens;
  ErrorKind refusal = ErrorKind::precondition_failed;
};

const Staleness staleness[] = {
    {"a field of what is to be changed, by hand", true,
     [](DeployedCluster& deployed, std::string&) {
       Resource function = resource_of(deployed, Kind::function, "s3dr-enable_replication");
       boost::json::object after = function.properties;
       after["memory_mib"] = 1024;
       deployed.cluster().run(change_by_hand(deployed.by_hand(), function, after), "memory");
     }},
    {"a field of what was as declared, by hand", true,
     [](DeployedCluster& deployed, std::string&) {
       deployed.cluster().run(describe_by_hand(deployed, "by hand"), "description");
     }},
    {"something deleted", true,
     [](DeployedCluster& deployed, std::string&) {
       deployed.cluster().run(delete_by_hand(deployed.by_hand(), batch_role(deployed)), "deletion");
     }},
    {"something that was to be made is there", false,
     [](DeployedCluster& deployed, std::string&) {
       deployed.cluster().run(make_untagged_role(deployed, "s3dr-batch"), "a role");
     }},
    {"another owner's tag", true,
     [](DeployedCluster& deployed, std::string&) {
       deployed.cluster().run(
           tag_by_hand(deployed.by_hand(), dead_letters(deployed), {{deploy::owner_tag, "somebody"}}),
           "a tag");
     }},
    {"the plan carried out already", true,
     [](DeployedCluster& deployed, std::string&) { require(deployed.apply(), "apply"); }},
    {"other settings of what is to be made", false,
     [](DeployedCluster& deployed, std::string&) { deployed.settings().memory_mib = 1024; }},
    {"other settings of what is to be changed", true,
     [](DeployedCluster& deployed, std::string&) { deployed.settings().memory_mib = 2048; }},
    {"another package", false,
     [](DeployedCluster& deployed, std::string&) { deployed.settings().package = small_package("another"); }},
    {"more resources asked for", false,
     [](DeployedCluster& deployed, std::string&) { deployed.settings().create_trail = true; }},
    {"another deployment's plan", false,
     [](DeployedCluster& deployed, std::string&) { deployed.settings().name_prefix = "second"; },
     ErrorKind::invalid},
    {"half a file", false, [](DeployedCluster&, std::string& file) { file.resize(file.size() / 2); },
     ErrorKind::invalid},
    {"no plan at all", false, [](DeployedCluster&, std::string& file) { file = "{}"; }, ErrorKind::invalid},
    {"a plan of another format", false,
     [](DeployedCluster&, std::string& file) {
       boost::json::value plan = boost::json::parse(file);
       plan.as_object().at("s3dr_plan") = plan.as_object().at("s3dr_plan").as_int64() + 1;
       file = boost::json::serialize(plan);
     },
     ErrorKind::invalid},
    {"a change struck out of the file", false,
     [](DeployedCluster&, std::string& file) {
       boost::json::value plan = boost::json::parse(file);
       boost::json::array& changes = plan.as_object().at("changes").as_array();
       changes.erase(changes.begin());
       file = boost::json::serialize(plan);
     }},
};

void saved_plans(Log* log, MatrixReport& report) {
  for (const Staleness& stale : staleness) {
    DeployedCluster deployed({1, 0, log});
    if (stale.deployed_before) {
      require(deployed.apply(), "apply");
      deployed.settings().memory_mib = 512;
    }
    const CommandEnd planned = deployed.plan();
    std::string file = deploy::write_plan_file(planned.plan, deploy::owner_of(deployed.settings()));
    stale.happens(deployed, file);
    const CloudState before = cloud_state(deployed.cluster());
    CommandOptions options;
    options.saved_plan = file;
    const CommandEnd end = deployed.apply(options);
    report.expect(end.failure && end.failure->kind() == stale.refusal,
                  fmt::format("apply FILE after {}: {}", stale.what, end.text()));
    const std::string wrong = difference_of(cloud_state(deployed.cluster()), before);
    report.expect(wrong.empty(), fmt::format("apply FILE after {} wrote:{}", stale.what, wrong));
  }
  // And one that is not stale: it is carried out, whatever others did beside it.
  DeployedCluster deployed({1, 0, log});
  const CommandEnd planned = deployed.plan();
  deployed.cluster().run(make_others(deployed), "others' things");
  CommandOptions options;
  options.saved_plan = deploy::write_plan_file(planned.plan, deploy::owner_of(deployed.settings()));
  const CommandEnd end = deployed.apply(options);
  report.expect(end.ok() && end.result.created == planned.plan.count(deploy::ChangeKind::create),
                "apply FILE: " + end.text());
  report.summary += fmt::format("saved plans: {} ways of being stale, each refused without a write\n",
                                std::size(staleness));
}

}  // namespace

MatrixReport deploy_cases(Log* log) {
  MatrixReport report;
  const auto one_account = [](Log* to, MatrixReport& into) { destroy_leaves_others(false, to, into); };
  const auto both_accounts = [](Log* to, MatrixReport& into) { destroy_leaves_others(true, to, into); };
  using Part = void (*)(Log*, MatrixReport&);
  for (const Part part : {Part(one_account), Part(both_accounts), Part(destroy_among_neighbours),
                          Part(name_taken), Part(saved_plans), Part(self_test_cases)}) {
    try {
      part(log, report);
    } catch (const std::exception& error) {
      report.failures.push_back(std::string("deploy cases: ") + error.what());
    }
  }
  return report;
}

}  // namespace s3dr::sim
