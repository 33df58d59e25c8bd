#include "demo/demo_report.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "app/output.h"

namespace s3dr::app {
namespace {

std::string look_at_functions(const cloud::Installation& installation) {
  const std::string& config = installation.serve_config_path();
  return fmt::format(
      "  s3dr deploy status --config {}\n"
      "  aws --profile {} logs tail /aws/lambda/s3dr-source_bucket_check --endpoint-url "
      "http://127.0.0.1:{}\n",
      config, cloud::Installation::profile(installation.accounts[0], installation.regions[0].region),
      installation.regions[0].http);
}

}  // namespace

std::string seconds_text(milliseconds duration) {
  return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1000.0);
}

std::string summary_of(const DemoOutcome& outcome, const cloud::Installation& installation) {
  const transfer::VerifyReport& report = outcome.result.report;
  const Milestones& milestones = outcome.milestones;
  std::vector<std::pair<std::string, std::string>> facts = {
      {"bucket", outcome.bucket.text() + " in " + installation.regions[0].region.text()},
      {"replica", milestones.replica_bucket.text() + " in " + installation.regions[1].region.text()},
      {"versions", format_count(report.versions_equal) + " equal of " + format_count(report.versions) +
                       ", by checksum, metadata, tags and order"},
      {"delete markers", format_count(report.markers_equal)},
      {"keys", format_count(report.keys) + ", of which odd " + format_count(report.odd_keys)},
      {"differences", format_count(report.differences_total)},
      {"arriving", format_count(report.arriving)}};
  if (!outcome.functions.empty()) {
    facts.emplace_back("functions", outcome.functions);
    facts.emplace_back("deployed in", seconds_text(outcome.deploy_time));
  }
  facts.emplace_back("uploaded",
                     format_bytes(outcome.uploaded.bytes) + " in " + seconds_text(outcome.upload_time));
  facts.emplace_back("written meanwhile", format_count(outcome.traffic.total()));
  facts.emplace_back("tag to rule live", seconds_text(milestones.rule));
  facts.emplace_back("tag to backfilled", seconds_text(milestones.backfilled));
  facts.emplace_back("tag to verified", seconds_text(milestones.verified));
  return render_facts(facts);
}

std::string next_steps(DemoWay way, const DemoOutcome& outcome, const cloud::Installation& installation) {
  const std::string& folder = installation.folder;
  const std::string config = installation.serve_config_path();
  const s3::Region& destination = installation.regions[1].region;
  const std::string actors = way == DemoWay::deployed
                                 ? look_at_functions(installation)
                                 : "  s3dr serve --config " + config + "        (in another terminal)\n";
  return fmt::format(
      "\nLook around:\n"
      "  export AWS_SHARED_CREDENTIALS_FILE={} AWS_CONFIG_FILE={} AWS_CA_BUNDLE={}\n"
      "  s3dr cloud start --data {}\n"
      "{}"
      "  s3dr status --config {}\n"
      "  aws --profile {} s3api list-object-versions --bucket {} --max-items 5\n"
      "Lose a region: kill -9 the PID that `s3dr cloud status --data {}` shows for {}, write to the\n"
      "  bucket, `s3dr cloud start --data {} {}`, and watch\n"
      "  `s3dr verify {} --wait --config {}`.\n"
      "Logs: {}/*.log, */region.log, */access.log\n",
      installation.credentials_path(), installation.config_path(), installation.ca_path(), folder, actors,
      config, cloud::Installation::profile(installation.accounts[0], destination),
      outcome.milestones.replica_bucket.text(), folder, destination.text(), folder, destination.text(),
      outcome.bucket.text(), config, folder);
}

}  // namespace s3dr::app
