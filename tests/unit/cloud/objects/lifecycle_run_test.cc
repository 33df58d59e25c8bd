// Lifecycle rules acted on in a region whose clock the test moves, and against a simple model.
#include "cloud/objects/lifecycle_run.h"

#include <algorithm>
#include <deque>
#include <map>

#include "unit/cloud/objects/objects_fixture.h"

namespace s3dr::cloud {
namespace {

using std::chrono::hours;

class LifecycleRun : public Objects {
 protected:
  ~LifecycleRun() override { stop(); }
  void work() { test::start(io, west().run(), running_.emplace_back()); }
  void stop() {
    for (test::Outcome& one : running_) one.cancel();
    test::settle(io);
    running_.clear();
  }
  void pass_time(milliseconds time) {
    for (milliseconds done(0); done < time; done += hours(1)) {
      clock.advance(std::min<milliseconds>(hours(1), time - done));
      test::settle(io);
    }
  }
  void set_rules(const std::string& bucket, const std::string& rules) {
    const Reply reply =
        put("/" + bucket + "?lifecycle", "<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>");
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  static std::string rule(const std::string& actions, const std::string& filter = "<Filter/>") {
    return "<Rule><ID>a rule</ID>" + filter + "<Status>Enabled</Status>" + actions + "</Rule>";
  }
  LifecyclePass pass(int rows_a_batch = 500) {
    LifecyclePass done;
    done.rows_a_batch = rows_a_batch;
    while (run(lifecycle_step(west().context(), done))) {
    }
    return done;
  }
  // "key marker latest" of each version, newest first.
  std::vector<std::string> versions() {
    std::vector<std::string> lines;
    auto row = west().context().database.reader().prepare(
        "SELECT key, is_marker, is_latest FROM object_version ORDER BY bucket, key, created_ms DESC, "
        "sequence DESC");
    while (row.step())
      lines.push_back(row.text(0) + (row.integer(1) ? " marker" : " data") +
                      (row.integer(2) ? " latest" : ""));
    return lines;
  }
  void execute(const std::string& sql) {
    run(west().context().database.write([&](Connection& db) { db.execute(sql); }));
  }

  static constexpr const char* one_day = "<Expiration><Days>1</Days></Expiration>";
  static constexpr const char* past = "<Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration>";

 private:
  std::deque<test::Outcome> running_;
};

using Lines = std::vector<std::string>;

TEST_F(LifecycleRun, ADateInThePastActsSoonAfterTheRuleIsPut) {
  work();
  put("/plain/a", "data");
  put("/kept/a", "data");
  ASSERT_EQ(bodies(), 2U);
  set_rules("plain", rule(past));
  set_rules("kept", rule(past));
  EXPECT_EQ(get("/plain/a").status, 200);
  pass_time(milliseconds(1'000));
  pass_time(milliseconds(1'000));
  EXPECT_EQ(get("/plain/a").status, 404);
  EXPECT_EQ(get("/kept/a").header("x-amz-delete-marker"), "true");
  EXPECT_EQ(versions(), (Lines{"a marker latest", "a data"}));
  EXPECT_EQ(bodies(), 1U);
}

TEST_F(LifecycleRun, DaysActAtTheirMidnightAndAreTold) {
  work();
  clock.advance(hours(12));  // 2026-08-01T12:00
  set_rules("plain", rule(one_day));
  const std::string told = "expiry-date=\"Mon, 03 Aug 2026 00:00:00 GMT\", rule-id=\"a%20rule\"";
  EXPECT_EQ(put("/plain/a", "data").header("x-amz-expiration"), told);
  EXPECT_EQ(get("/plain/a").header("x-amz-expiration"), told);
  EXPECT_EQ(head("/plain/a").header("x-amz-expiration"), told);
  EXPECT_EQ(put("/kept/a", "data").header("x-amz-expiration"), "");
  pass_time(hours(36) - milliseconds(1));
  EXPECT_EQ(get("/plain/a").status, 200);
  pass_time(milliseconds(1));
  pass_time(milliseconds(1'000));
  EXPECT_EQ(get("/plain/a").status, 404);
  EXPECT_EQ(get("/kept/a").status, 200);
}

TEST_F(LifecycleRun, ARegionThatWasDownCatchesUpAtItsStart) {
  set_rules("plain", rule(one_day));
  put("/plain/a", "data");
  clock.advance(hours(24 * 30));
  start("us-west-2");
  work();
  test::settle(io);
  pass_time(milliseconds(1'000));
  EXPECT_EQ(get("/plain/a").status, 404);
}

TEST_F(LifecycleRun, OldVersionsGoAndThenTheirMarker) {
  for (const char* body : {"1", "2", "3", "4"}) put("/kept/a", body);
  send({"DELETE", "/kept/a"});
  set_rules("kept",
            "<Rule><ID>old</ID><Filter/><Status>Enabled</Status><NoncurrentVersionExpiration>"
            "<NewerNoncurrentVersions>2</NewerNoncurrentVersions><NoncurrentDays>1</NoncurrentDays>"
            "</NoncurrentVersionExpiration></Rule>");
  EXPECT_EQ(pass().removed, 0U);
  clock.advance(hours(48));
  EXPECT_EQ(pass().removed, 2U);
  EXPECT_EQ(versions(), (Lines{"a marker latest", "a data", "a data"}));
  EXPECT_EQ(bodies(), 2U);
  set_rules("kept",
            "<Rule><ID>old</ID><Filter/><Status>Enabled</Status><Expiration>"
            "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
            "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
            "</NoncurrentVersionExpiration></Rule>");
  EXPECT_EQ(pass(1).removed, 3U);
  EXPECT_EQ(versions(), Lines{});
  EXPECT_EQ(bodies(), 0U);
}

TEST_F(LifecycleRun, WhereVersionsAreSuspendedTheNullVersionEndsForGood) {
  put("/kept/a", "kept version");
  ASSERT_EQ(send({"PUT", "/kept?versioning", versioning_xml("Suspended")}).status, 200);
  put("/kept/a", "null version");
  ASSERT_EQ(bodies(), 2U);
  set_rules("kept", rule(past));
  pass();
  EXPECT_EQ(versions(), (Lines{"a marker latest", "a data"}));
  EXPECT_EQ(bodies(), 1U);
}

TEST_F(LifecycleRun, UnfinishedUploadsEndWithTheirParts) {
  const std::string id = send({"POST", "/plain/logs/a?uploads"}).element("UploadId");
  const std::string other = send({"POST", "/plain/b?uploads"}).element("UploadId");
  put("/plain/logs/a?partNumber=1&uploadId=" + id, "part");
  put("/plain/b?partNumber=1&uploadId=" + other, "part");
  ASSERT_EQ(bodies(), 2U);
  set_rules("plain", rule("<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation>"
                          "</AbortIncompleteMultipartUpload>",
                          "<Filter><Prefix>logs/</Prefix></Filter>"));
  clock.advance(hours(72));
  EXPECT_EQ(pass().aborted, 0U);
  clock.advance(hours(24));
  west().context().uploads_completing.insert(id);  // it is being completed now
  EXPECT_EQ(pass().aborted, 0U);
  west().context().uploads_completing.clear();
  EXPECT_EQ(pass(1).aborted, 1U);
  EXPECT_EQ(bodies(), 1U);
  EXPECT_EQ(get("/plain/logs/a?uploadId=" + id).code(), "NoSuchUpload");
  EXPECT_EQ(get("/plain/b?uploadId=" + other).status, 200);
}

TEST_F(LifecycleRun, NoPolicyIsAskedAndNobodyIsTold) {
  const std::string deny =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:Delete*","Resource":"arn:aws:s3:::plain/*"}]})";
  put("/plain/a", "data");
  ASSERT_EQ(put("/plain?policy", deny).status, 204);
  set_rules("plain", rule(past));
  ASSERT_EQ(send({"DELETE", "/plain/a"}).status, 403);
  const auto events = outbox(west()).size();
  EXPECT_EQ(pass().removed, 1U);
  EXPECT_EQ(versions(), Lines{});
  EXPECT_EQ(outbox(west()).size(), events);
}

TEST_F(LifecycleRun, ItsMarkersAreNotReplicatedAndWhatWaitsIsHeld) {
  create_bucket(east(), "replica");
  enable_versioning(east(), "replica");
  const std::string replication =
      "<ReplicationConfiguration><Role>arn:aws:iam::111122223333:role/replication</Role><Rule><ID>dr</ID>"
      "<Priority>1</Priority><Filter/><Status>Enabled</Status><DeleteMarkerReplication><Status>Enabled"
      "</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::replica</Bucket></Destination>"
      "</Rule></ReplicationConfiguration>";
  ASSERT_EQ(put("/kept?replication", replication).status, 200);
  put("/kept/a", "data");
  set_rules("kept", rule(past));
  const auto waiting = [&] {
    auto row = west().context().database.reader().prepare("SELECT count(*) FROM replication_task");
    return row.step() ? row.integer(0) : -1;
  };
  ASSERT_EQ(waiting(), 1);
  EXPECT_EQ(pass().expired, 0U);  // PENDING
  execute("UPDATE object_version SET replication_status = " +
          std::to_string(static_cast<int>(s3::ReplicationStatus::failed)));
  EXPECT_EQ(pass().expired, 0U);
  execute("UPDATE object_version SET replication_status = " +
          std::to_string(static_cast<int>(s3::ReplicationStatus::completed)));
  EXPECT_EQ(pass().expired, 1U);
  EXPECT_EQ(versions(), (Lines{"a marker latest", "a data"}));
  EXPECT_EQ(waiting(), 1);
  EXPECT_EQ(get("/kept/a").header("x-amz-replication-status"), "");
}

TEST_F(LifecycleRun, RulesOfAnotherBucketOrNoneEndNothing) {
  put("/plain/a", "data");
  put("/kept/a", "data");
  set_rules("kept", rule(past));
  ASSERT_EQ(send({"DELETE", "/kept?lifecycle"}).status, 204);
  set_rules("plain", rule(past, "<Filter><Prefix>b</Prefix></Filter>"));
  clock.advance(hours(1000));
  pass();
  EXPECT_EQ(versions(), (Lines{"a data latest", "a data latest"}));
}

// The model: the versions of each key, oldest first, and days as numbers.
struct ModelVersion {
  bool marker = false, held = false;
  std::string team;
  std::int64_t day = 0;
};
using Model = std::map<std::string, std::vector<ModelVersion>>;

struct ModelRule {
  std::string prefix, team;
  std::int64_t days = 0, old_days = 0, newer = 0;
  bool lone_markers = false;

  bool takes(const std::string& key, const ModelVersion& version) const {
    return key.starts_with(prefix) && (team.empty() || (!version.marker && version.team == team));
  }
  std::string xml(int number) const {
    std::string text = "<Rule><ID>" + std::to_string(number) + "</ID><Filter>";
    if (team.empty())
      text += "<Prefix>" + prefix + "</Prefix>";
    else
      text +=
          "<And><Prefix>" + prefix + "</Prefix><Tag><Key>team</Key><Value>" + team + "</Value></Tag></And>";
    text += "</Filter><Status>Enabled</Status>";
    if (days > 0) text += "<Expiration><Days>" + std::to_string(days) + "</Days></Expiration>";
    if (lone_markers)
      text += "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
    if (old_days > 0) {
      text += "<NoncurrentVersionExpiration>";
      if (newer > 0)
        text += "<NewerNoncurrentVersions>" + std::to_string(newer) + "</NewerNoncurrentVersions>";
      text +=
          "<NoncurrentDays>" + std::to_string(old_days) + "</NoncurrentDays></NoncurrentVersionExpiration>";
    }
    return text + "</Rule>";
  }
};

void apply(Model& model, const std::vector<ModelRule>& rules, std::int64_t today) {
  for (auto& [key, stack] : model) {
    const std::vector<ModelVersion> before = stack;
    stack.clear();
    for (std::size_t i = 0; i + 1 < before.size(); ++i) {
      const auto newer = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(i) + 1, before.end() - 1,
                                       [](const ModelVersion& one) { return !one.marker; });
      const bool goes = std::ranges::any_of(rules, [&](const ModelRule& rule) {
        return rule.old_days > 0 && rule.takes(key, before[i]) && newer >= rule.newer &&
               today - before[i + 1].day > rule.old_days;
      });
      if (!goes || before[i].held) stack.push_back(before[i]);
    }
    if (before.empty()) continue;
    const ModelVersion top = before.back();
    const bool alone = stack.empty();
    const bool ends = !top.held && std::ranges::any_of(rules, [&](const ModelRule& rule) {
      if (!rule.takes(key, top)) return false;
      if (top.marker && alone && rule.lone_markers) return true;
      return rule.days > 0 && today - top.day > rule.days;
    });
    if (top.marker && alone && ends) continue;
    stack.push_back(top);
    if (!top.marker && ends) stack.push_back({true, false, "", today});
  }
}

Lines lines_of(const Model& model) {
  Lines lines;
  for (const auto& [key, stack] : model) {
    for (std::size_t i = stack.size(); i > 0; --i)
      lines.push_back(key + (stack[i - 1].marker ? " marker" : " data") +
                      (i == stack.size() ? " latest" : ""));
  }
  return lines;
}

// Random writes, deletes, rules and days. Passes of small batches that are sometimes given up half way, with the
// region restarted: the next one does the rest, and nothing more.
TEST_F(LifecycleRun, DoesWhatTheModelDoes) {
  std::size_t ended = 0, given_up = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto chance = make_seeded_random(seed);
    const std::string bucket = "model" + std::to_string(seed);
    create_bucket(west(), bucket);
    enable_versioning(west(), bucket);
    Model model;
    std::vector<ModelRule> rules(1 + chance->below(3));
    std::string xml;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      ModelRule& rule = rules[i];
      rule.prefix = chance->chance(0.5) ? "" : std::string(1, static_cast<char>('a' + chance->below(3)));
      if (chance->chance(0.4)) rule.days = 1 + static_cast<std::int64_t>(chance->below(4));
      if (chance->chance(0.6)) rule.old_days = 1 + static_cast<std::int64_t>(chance->below(4));
      if (chance->chance(0.5)) rule.newer = static_cast<std::int64_t>(chance->below(3));
      if (rule.days == 0 && chance->chance(0.5)) rule.lone_markers = true;
      if (rule.days == 0 && rule.old_days == 0) rule.lone_markers = true;
      if (!rule.lone_markers && chance->chance(0.3)) rule.team = "x";
      xml += rule.xml(static_cast<int>(i));
    }
    set_rules(bucket, xml);
    const auto today = [&] {
      return std::chrono::floor<std::chrono::days>(clock.now()).time_since_epoch().count();
    };
    for (int step = 0; step < 60; ++step) {
      const std::string key = {static_cast<char>('a' + chance->below(3)),
                               static_cast<char>('a' + chance->below(2))};
      const auto kind = chance->below(10);
      if (kind < 4) {
        const bool team = chance->chance(0.5);
        Headers headers;
        if (team) headers.add("x-amz-tagging", "team=x");
        ASSERT_EQ(put("/" + bucket + "/" + key, "data", headers).status, 200);
        model[key].push_back({false, false, team ? "x" : "", today()});
      } else if (kind < 6) {
        ASSERT_EQ(send({"DELETE", "/" + bucket + "/" + key}).status, 204);
        model[key].push_back({true, false, "", today()});
      } else if (kind == 6 && !model[key].empty()) {  // its replication fails, or it is repaired
        const bool held = chance->chance(0.5);
        execute("UPDATE object_version SET replication_status = " +
                std::to_string(
                    static_cast<int>(held ? s3::ReplicationStatus::failed : s3::ReplicationStatus::none)) +
                " WHERE is_latest = 1 AND CAST(key AS TEXT) = '" + key +
                "' AND bucket = (SELECT id FROM bucket WHERE name = '" + bucket + "')");
        model[key].back().held = held;
      } else {
        clock.advance(hours(1 + chance->below(30)));
      }
      if (step % 4 != 3) continue;
      const std::size_t before = versions().size();
      if (chance->chance(0.3)) {
        LifecyclePass part;
        part.rows_a_batch = 2;
        for (auto left = chance->below(6); left > 0 && run(lifecycle_step(west().context(), part)); --left) {
        }
        start("us-west-2");
        ++given_up;
      }
      // A version that ends makes those below it the older ones: passes until there is nothing left to do.
      for (std::size_t acts = 1; acts > 0; ended += acts) {
        const LifecyclePass done = pass(1 + static_cast<int>(chance->below(4)));
        acts = done.expired + done.removed;
      }
      for (Lines last; last != lines_of(model);) {
        last = lines_of(model);
        apply(model, rules, today());
      }
      ASSERT_EQ(versions(), lines_of(model)) << xml << " from " << before << " versions";
    }
    execute("DELETE FROM replication_task; DELETE FROM object_version; DELETE FROM bucket_lifecycle");
  }
  EXPECT_GT(ended, 200U);
  EXPECT_GT(given_up, 50U);
}

}  // namespace
}  // namespace s3dr::cloud
