#include "sim/world/cluster.h"

#include <sqlite3.h>

#include <utility>

#include "base/error.h"
#include "client/s3/batch_jobs.h"
#include "client/s3/document_store.h"
#include "client/s3/object_store.h"
#include "cloud/process/services.h"

namespace s3dr::sim {
namespace {

// An account with its root's key.
struct Owner {
  const char *account, *access_key, *secret_key;
};
constexpr Owner source_owner{"111122223333", "AKIASIMULATION000001", "simulation-secret-canary"};
constexpr Owner other_owner{"444455556666", "AKIASIMULATION000002", "simulation-secret-canary-2"};
constexpr const char* event_secret = "simulation-event-secret";
constexpr Instant start_of_time{std::chrono::hours(24 * 365 * 56)};

Endpoint endpoint(const std::string& host) {
  return {false, host, 80};
}

// The host that the cloud itself knows: buckets' names may stand in front of it.
Endpoint named_endpoint(const s3::Region& region) {
  return endpoint("s3." + region.text() + ".localhost");
}

const Owner& destination_owner(bool two_accounts) {
  return two_accounts ? other_owner : source_owner;
}

void add_owner(cloud::GlobalPlane& global, const Owner& owner) {
  cloud::AccessKey key;
  key.access_key_id = owner.access_key;
  key.secret_access_key = Secret(owner.secret_key);
  key.account = s3::AccountId::parse(owner.account);
  global.add_account(key.account);
  global.add_access_key(key);
}

// Another account can let in only a role that exists. With these, the roles' rights are enforced.
void add_roles(cloud::GlobalPlane& global, Random& random) {
  for (const auto& [name, service] : {std::pair("s3dr-replication", "s3.amazonaws.com"),
                                      std::pair("archive-of-the-users", "s3.amazonaws.com"),
                                      std::pair("s3dr-batch", "batchoperations.s3.amazonaws.com")}) {
    cloud::Role role;
    role.id = cloud::new_iam_id(random, "AROA");
    role.account = s3::AccountId::parse(source_owner.account);
    role.name = name;
    role.trust =
        std::string(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")") +
        service + R"("},"Action":"sts:AssumeRole"}]})";
    global.roles().change([&] {
      S3DR_CHECK(global.roles().add(role));
      global.roles().put_policy(
          role.id, "all",
          R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})");
    });
  }
}

std::unique_ptr<client::CredentialsProvider> keys_of(const Owner& owner) {
  return client::make_fixed_credentials({owner.access_key, Secret(owner.secret_key), Secret()});
}

dr::Protections make_protections(const ClusterOptions& options) {
  const bool two_accounts = options.two_accounts;
  dr::Policy policy;
  policy.source_region = s3::Region::parse("us-west-2");
  policy.destination_region = s3::Region::parse("us-east-2");
  policy.source_account = s3::AccountId::parse(source_owner.account);
  policy.destination_account = s3::AccountId::parse(destination_owner(two_accounts).account);
  policy.replication_role_arn = "arn:aws:iam::111122223333:role/s3dr-replication";
  policy.batch_role_arn = "arn:aws:iam::111122223333:role/s3dr-batch";
  policy.backfill_backoff_base = milliseconds(1'000);
  policy.backfill_backoff_cap = milliseconds(10'000);
  policy.look_again = milliseconds(2'000);
  dr::Protections protections{policy};
  if (options.second_destination) {
    policy.protection_name = "vault";
    policy.match_tags = {{"vault", "true"}};
    policy.destination_region = s3::Region::parse("eu-west-1");
    policy.destination_account = s3::AccountId::parse(other_owner.account);
    policy.replica_name_template = "{bucket}-vault";
    protections.push_back(policy);
  }
  if (options.third_protection) {
    S3DR_CHECK(options.second_destination);
    policy.protection_name = "gold";
    policy.match_tags = {{"gold", "true"}};
    policy.destination_account = policy.source_account;
    policy.replica_name_template = "{bucket}-gold";
    protections.push_back(policy);
  }
  protections = dr::with_each_other(std::move(protections));
  S3DR_CHECK(!dr::why_invalid(protections));
  return protections;
}

}  // namespace

// Bodies of a node that is dead stay as they are: nobody tidies up after a kill.
class RegionNode::WatchedBodies : public cloud::BodyStore {
 public:
  WatchedBodies(cloud::BodyStore& inner, CommitWatch& watch) : inner_(inner), watch_(watch) {}
  std::unique_ptr<cloud::BodyWriter> create() override { return inner_.create(); }
  std::unique_ptr<BodyReader> open(std::string id, std::uint64_t offset, std::uint64_t length) override {
    return inner_.open(std::move(id), offset, length);
  }
  void remove(const std::string& id) noexcept override {
    if (!watch_.dead()) inner_.remove(id);
  }
  std::vector<std::string> list() override { return inner_.list(); }

 private:
  cloud::BodyStore& inner_;
  CommitWatch& watch_;
};

// The region's disk, with every commit of its connections counted.
class RegionNode::WatchedStorage : public cloud::Storage {
 public:
  WatchedStorage(cloud::Storage& inner, CommitWatch& watch)
      : inner_(inner), watch_(watch), bodies_(inner.bodies(), watch) {}
  cloud::BodyStore& bodies() override { return bodies_; }
  bool threaded() const override { return inner_.threaded(); }
  sqlite3* open_database() override {
    sqlite3* handle = inner_.open_database();
    sqlite3_commit_hook(handle, &WatchedStorage::on_commit, &watch_);
    return handle;
  }

 private:
  // Not zero: SQLite rolls back.
  static int on_commit(void* argument) {
    CommitWatch& watch = *static_cast<CommitWatch*>(argument);
    if (watch.dead()) return 1;
    if (++watch.commits != watch.die_at) return 0;
    ++watch.deaths;
    watch.die();
    return watch.before ? 1 : 0;
  }

  cloud::Storage& inner_;
  CommitWatch& watch_;
  WatchedBodies bodies_;
};

class RegionNode::KeptLog : public cloud::AccessLog {
 public:
  void write(const cloud::AccessRecord& record) override { records.push_back(record); }
  std::vector<cloud::AccessRecord> records;
};

RegionNode::RegionNode(Cluster& cluster, const std::string& name, std::vector<std::string> peers,
                       std::uint64_t seed)
    : cluster_(cluster),
      name_(s3::Region::parse(name)),
      peers_(std::move(peers)),
      endpoint_(sim::endpoint(name)),
      named_endpoint_(named_endpoint(name_)),
      internal_(sim::endpoint(name + "-internal")),
      random_(make_seeded_random(seed)),
      storage_(cloud::make_memory_storage(name, *random_)),
      watched_(std::make_unique<WatchedStorage>(*storage_, commits_)),
      watched_global_(std::make_unique<WatchedStorage>(cluster.global_storage(), commits_)),
      log_(std::make_shared<KeptLog>()),
      link_(cluster.network().link(name, cluster.region_rates(), nullptr, [this] { return dying(); })) {
  commits_.die = [this] {
    if (life_) life_->dying = true;
  };
  commits_.dead = [this] { return dying(); };
}

RegionNode::~RegionNode() {
  stop();
}

std::vector<cloud::AccessRecord>& RegionNode::access_log() {
  return log_->records;
}

void RegionNode::start() {
  S3DR_CHECK(!life_);
  cloud::RegionOptions options;
  options.region = name_;
  for (const std::string& peer : peers_)
    options.peers.push_back({s3::Region::parse(peer), sim::endpoint(peer + "-internal")});
  if (cluster_.options().controllers > 0) options.event_endpoint = sim::endpoint("serve-1");
  options.event_secret = Secret(event_secret);
  options.retry_base = milliseconds(200);
  options.retry_cap = milliseconds(5'000);
  options.access_log = log_;
  options.makes_trail = true;
  services::ServicesOptions services;
  services.make_runner = cluster_.options().make_runner;
  global_ = std::make_unique<cloud::GlobalPlane>(*watched_global_);
  region_ = std::make_unique<cloud::Region>(cluster_.io().get_executor(), std::move(options), *watched_,
                                            *global_, *link_, cluster_.clock(), *random_, cluster_.log(),
                                            services::region_services(std::move(services)));
  life_ = std::make_shared<Life>(cluster_.io().get_executor());
  life_->group.spawn(region_->run());
  for (const Endpoint& endpoint : {endpoint_, named_endpoint_}) {
    cluster_.network().open(endpoint, life_,
                            [this](HttpRequest request) { return region_->handle(std::move(request)); });
  }
  cluster_.network().open(
      internal_, life_, [this](HttpRequest request) { return region_->handle_internal(std::move(request)); });
}

void RegionNode::stop() {
  if (!life_) return;
  cluster_.network().close(endpoint_);
  cluster_.network().close(named_endpoint_);
  cluster_.network().close(internal_);
  cluster_.end(life_);
  region_.reset();
  global_.reset();
  life_.reset();
  storage_->crash();
  commits_.die_at = 0;
}

Hands::Hands(Cluster& cluster, std::string name, std::uint64_t seed, std::shared_ptr<const FaultRates> rates,
             std::shared_ptr<CallHook> hook, std::function<bool()> dead,
             const std::optional<aws::Credentials>& session,
             const std::optional<aws::Credentials>& destination_session)
    : random(make_seeded_random(seed)),
      link(cluster.network().link(std::move(name), std::move(rates), std::move(hook), std::move(dead))),
      credentials(session ? client::make_fixed_credentials(*session) : keys_of(source_owner)),
      destination_credentials(destination_session ? client::make_fixed_credentials(*destination_session)
                              : session           ? client::make_fixed_credentials(*session)
                                        : keys_of(destination_owner(cluster.options().two_accounts))) {
  const auto make_client = [&](const s3::Region& region, client::CredentialsProvider& keys) {
    client::S3ClientOptions options;
    options.region = region;
    for (const RegionNode* node : cluster.regions()) {
      const s3::Region& one = node->name();
      if (cluster.options().virtual_hosts) {
        options.endpoints.set(one, named_endpoint(one));
        options.endpoints.set_addressing(one, client::Addressing::virtual_host);
      } else {
        options.endpoints.set(one, sim::endpoint(one.text()));
      }
    }
    options.retry.attempts_max = 3;
    options.retry.delay_base = milliseconds(50);
    options.send.idle_max = milliseconds(5'000);
    options.late_answer_max = milliseconds(5'000);
    options.attempt_max = milliseconds(10'000);
    return std::make_unique<client::S3Client>(*link, cluster.clock(), *random, keys, std::move(options));
  };
  const s3::AccountId& other = cluster.policy().destination_account;
  source_client = make_client(cluster.policy().source_region, *credentials);
  destination_client = make_client(cluster.policy().destination_region, *destination_credentials);
  source = client::make_bucket_store(*source_client, cluster.account());
  destination = client::make_bucket_store(*destination_client, other);
  source_objects = client::make_object_store(*source_client, cluster.account());
  replica_objects = client::make_object_store(*destination_client, other);
  records = client::make_document_store(*destination_client, other, cluster.policy().control_bucket);
  jobs = client::make_batch_jobs(*source_client, cluster.account());
  if (!cluster.options().second_destination) return;
  const dr::Policy& second = cluster.protections()[1];
  vault_credentials = keys_of(other_owner);
  vault_client = make_client(second.destination_region, *vault_credentials);
  vault = client::make_bucket_store(*vault_client, second.destination_account);
  vault_objects = client::make_object_store(*vault_client, second.destination_account);
  vault_records =
      client::make_document_store(*vault_client, second.destination_account, second.control_bucket);
  if (!cluster.options().third_protection) return;
  const dr::Policy& third = cluster.protections()[2];
  gold_client = make_client(third.destination_region, *credentials);
  gold = client::make_bucket_store(*gold_client, third.destination_account);
  gold_objects = client::make_object_store(*gold_client, third.destination_account);
  gold_records = client::make_document_store(*gold_client, third.destination_account, third.control_bucket);
}

std::vector<control::ControlledProtection> Hands::protections(const dr::Protections& policies) {
  std::vector<control::ControlledProtection> result{{policies[0], *destination, *records, *replica_objects}};
  if (policies.size() > 1) result.push_back({policies[1], *vault, *vault_records, *vault_objects});
  if (policies.size() > 2) result.push_back({policies[2], *gold, *gold_records, *gold_objects});
  return result;
}

ControllerNode::ControllerNode(Cluster& cluster, std::string name, Endpoint endpoint, std::uint64_t seed)
    : cluster_(cluster), name_(std::move(name)), endpoint_(std::move(endpoint)), seed_(seed) {}

ControllerNode::~ControllerNode() {
  stop();
}

void ControllerNode::start() {
  S3DR_CHECK(!life_);
  ended_ = false;
  hands_ =
      std::make_unique<Hands>(cluster_, name_, seed_ + ++lives_, rates_, hook_, [this] { return dying(); });
  controller_ = std::make_unique<control::Controller>(
      cluster_.io().get_executor(), hands_->protections(cluster_.protections()),
      control::ControllerPorts{*hands_->source, *hands_->jobs, *hands_->source_objects, cluster_.clock(),
                               *hands_->random, cluster_.log()},
      cluster_.controller_options());
  intake_ = std::make_unique<control::Intake>(*controller_, control::IntakeOptions{Secret(event_secret)},
                                              cluster_.log());
  life_ = std::make_shared<Life>(cluster_.io().get_executor());
  life_->group.spawn(serve(life_));
  cluster_.network().open(endpoint_, life_,
                          [this](HttpRequest request) { return intake_->handle(std::move(request)); });
}

Task<> ControllerNode::serve(std::shared_ptr<Life> life) {
  std::string why = "run() returned";
  try {
    co_await controller_->run();
  } catch (const std::exception& error) {
    if (life->dying) throw;
    why = error.what();
  }
  why_ended_ = why;
  ended_ = true;
}

void ControllerNode::stop() {
  if (!life_) return;
  cluster_.network().close(endpoint_);
  cluster_.end(life_);
  intake_.reset();
  controller_.reset();
  hands_.reset();
  life_.reset();
}

Cluster::Cluster(ClusterOptions options)
    : options_(options),
      clock_(start_of_time),
      own_log_(make_null_log()),
      log_(options.log != nullptr ? options.log : own_log_.get()),
      random_(make_seeded_random(options.seed)),
      network_(io_.get_executor(), clock_, random_->next()),
      account_(s3::AccountId::parse(source_owner.account)),
      protections_(make_protections(options)),
      global_storage_(cloud::make_memory_storage("global", *random_)),
      global_(std::make_unique<cloud::GlobalPlane>(*global_storage_)) {
  add_owner(*global_, source_owner);
  if (options.two_accounts || options.second_destination) add_owner(*global_, other_owner);
  // A deployment makes its own.
  if (options.second_destination && options.controllers > 0) add_roles(*global_, *random_);
  const std::string source = policy().source_region.text();
  const std::string destination = policy().destination_region.text();
  std::vector<std::string> all{source, destination};
  if (options.second_destination) all.push_back(protections_[1].destination_region.text());
  const auto make_region = [&](const std::string& name) {
    std::vector<std::string> peers = all;
    std::erase(peers, name);
    return std::make_unique<RegionNode>(*this, name, std::move(peers), random_->next());
  };
  source_ = make_region(source);
  destination_ = make_region(destination);
  regions_ = {source_.get(), destination_.get()};
  if (options.second_destination) {
    vault_ = make_region(all.back());
    regions_.push_back(vault_.get());
  }
  for (int i = 1; i <= options.controllers; ++i) {
    const std::string name = "serve-" + std::to_string(i);
    controllers_.push_back(
        std::make_unique<ControllerNode>(*this, name, sim::endpoint(name), random_->next()));
  }
  user_ = std::make_unique<Hands>(*this, "user", random_->next(), user_rates_, nullptr);
}

Cluster::~Cluster() {
  for (const auto& controller : controllers_) controller->stop();
  for (RegionNode* region : regions_) region->stop();
}

control::ControllerOptions Cluster::controller_options() const {
  control::ControllerOptions options;
  options.queue.retry_base = milliseconds(500);
  options.queue.retry_cap = milliseconds(10'000);
  options.sweep_interval = milliseconds(60'000);
  options.prepare_retry = milliseconds(5'000);
  options.verification.age_max = milliseconds(120'000);
  options.verification.retry_after = milliseconds(2'000);
  options.verification.retry_cap = milliseconds(20'000);
  return options;
}

// Cancelled tasks may still need a moment of virtual time.
void Cluster::end(const std::shared_ptr<Life>& life) {
  life->dying = true;
  life->group.cancel();
  bool joined = false;
  boost::asio::co_spawn(io_, life->group.join(), [&](std::exception_ptr) { joined = true; });
  const milliseconds limit = clock_.uptime() + std::chrono::hours(2);
  while (!joined) {
    io_.restart();
    if (io_.poll_one() > 0) continue;
    S3DR_CHECK(clock_.uptime() < limit && clock_.advance());
  }
}

void Cluster::bury_the_dying() {
  for (RegionNode* region : regions_) {
    if (region->dying()) region->stop();
  }
  for (const auto& controller : controllers_) {
    if (controller->dying()) controller->stop();
  }
}

bool Cluster::run_until(const std::function<bool()>& done, milliseconds limit) {
  constexpr std::uint64_t handlers_in_an_instant_max = 3'000'000;
  const milliseconds end = clock_.uptime() + limit;
  while (true) {
    io_.restart();
    std::uint64_t handlers = 0;
    while (io_.poll_one() > 0) {
      bury_the_dying();
      if (++handlers > handlers_in_an_instant_max)
        throw Failed("time does not pass: something runs in circles");
    }
    if (on_pause) on_pause();
    if (done()) return true;
    const auto next = clock_.next();
    if (!next || *next > end) return false;
    clock_.advance();
  }
}

void Cluster::run_for(milliseconds duration) {
  run(clock_.sleep(duration), "sleep", duration);
}

namespace {

Task<> tell_the_end(Task<> task, bool& ended, std::exception_ptr& failure) {
  try {
    co_await std::move(task);
  } catch (...) {
    failure = std::current_exception();
  }
  ended = true;
}

}  // namespace

void Cluster::run(Task<> task, std::string_view what, milliseconds limit) {
  const auto life = std::make_shared<Life>(io_.get_executor());
  bool ended = false;
  std::exception_ptr failure;
  life->group.spawn(tell_the_end(std::move(task), ended, failure));
  bool in_time = false;
  std::exception_ptr broken;
  try {
    in_time = run_until([&] { return ended; }, limit);
  } catch (...) {
    broken = std::current_exception();
  }
  if (!in_time) end(life);
  if (broken) std::rethrow_exception(broken);
  if (!in_time) throw Failed("hung in virtual time: " + std::string(what));
  if (failure) std::rethrow_exception(failure);
}

}  // namespace s3dr::sim
