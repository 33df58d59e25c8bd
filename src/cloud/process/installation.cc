#include "cloud/process/installation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/http_message.h"
#include "cloud/process/held_ports.h"
#include "cloud/store/global_plane.h"
#include "cloud/store/sqlite_open.h"
#include "http/certificate.h"

namespace s3dr::cloud {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr const char* account_ids[] = {"111122223333", "444455556666"};

class GlobalStorage : public Storage {
 public:
  explicit GlobalStorage(std::string path) : path_(std::move(path)) {}
  BodyStore& bodies() override { throw Error(ErrorKind::invalid, "the global plane keeps no bodies"); }
  sqlite3* open_database() override {
    // 0600, as it holds keys. SQLite gives its other files the same mode.
    const int made = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made >= 0)
      ::close(made);
    else
      ::chmod(path_.c_str(), 0600);  // of an older version
    return open_sqlite("file:" + uri_encode(path_, Slash::keep),
                       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  }
  bool threaded() const override { return false; }

 private:
  std::string path_;
};

[[noreturn]] void raise_file(const std::string& path, const char* what) {
  throw Error(ErrorKind::invalid, std::string(what) + ": " + std::strerror(errno))
      .with_resource(path)
      .with_advice("choose another folder with --data");
}

void make_folder(const std::string& path, mode_t mode) {
  std::error_code failure;
  fs::create_directories(fs::path(path).parent_path(), failure);
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) raise_file(path, "the folder cannot be made");
}

// Keys and data of all accounts are in it.
void require_private(const std::string& folder) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) return;  // told elsewhere
  const unsigned mode = status.st_mode & 07777U;
  if ((mode & 077U) == 0 && (status.st_uid == ::geteuid() || ::geteuid() == 0)) return;
  throw Error(
      ErrorKind::invalid,
      (mode & 077U) != 0
          ? fmt::format("the data folder is open to other users (mode {:04o}); it holds secret keys", mode)
          : "the data folder belongs to another user")
      .with_resource(folder)
      .with_advice((mode & 077U) != 0 ? "chmod 700 " + folder + ", or choose another folder with --data"
                                      : "choose another folder with --data");
}

// Writes beside the file and renames, so that a file is there whole or not at all. Only its owner reads it.
void write_file(const std::string& path, const std::string& text) {
  constexpr mode_t mode = 0600;
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) raise_file(draft, "the file cannot be made");
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0) raise_file(path, "the file cannot be written");
}

std::string to_json(const Installation& installation) {
  json::array regions;
  for (const RegionPorts& ports : installation.regions) {
    regions.push_back({{"region", ports.region.text()},
                       {"http", ports.http},
                       {"https", ports.https},
                       {"internal", ports.internal}});
  }
  json::array accounts;
  for (const s3::AccountId& account : installation.accounts) accounts.push_back(json::value(account.text()));
  return json::serialize(json::object{{"version", 1},
                                      {"regions", std::move(regions)},
                                      {"accounts", std::move(accounts)},
                                      {"serve_address", installation.serve_address},
                                      {"trail", installation.trail}}) +
         "\n";
}

std::uint16_t port_at(const json::object& object, const char* name) {
  return static_cast<std::uint16_t>(object.at(name).as_int64());
}

Installation from_json(const std::string& text, const std::string& folder) {
  try {
    const json::value value = json::parse(text);
    Installation installation;
    installation.folder = folder;
    for (const json::value& item : value.at("regions").as_array()) {
      const json::object& ports = item.as_object();
      installation.regions.push_back({s3::Region::parse(std::string_view(ports.at("region").as_string())),
                                      port_at(ports, "http"), port_at(ports, "https"),
                                      port_at(ports, "internal")});
    }
    for (const json::value& item : value.at("accounts").as_array()) {
      installation.accounts.push_back(s3::AccountId::parse(std::string_view(item.as_string())));
    }
    installation.serve_address = std::string(value.at("serve_address").as_string());
    const json::value* trail = value.as_object().if_contains("trail");
    installation.trail =
        trail == nullptr || trail->as_bool();  // nullptr: of an older version, which made trails
    return installation;
  } catch (const std::exception& failure) {
    throw Error(ErrorKind::corrupt,
                std::string("not an installation of the embedded cloud: ") + failure.what())
        .with_resource(folder + "/installation.json");
  }
}

// Without a trailing '/', so that paths are printed as a person would write them.
std::string absolute_folder(const std::string& folder) {
  const fs::path path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path.string() : path.parent_path().string();
}

std::uint16_t serve_port(const Installation& installation) {
  return Endpoint::parse("http://" + installation.serve_address).port;
}

constexpr int bases_apart = 10;
constexpr int bases_tried = 10;
constexpr int port_base_max = 65'000;

// `base` 0: free ones. Raises unavailable: one of them is taken.
void choose_region_ports(Installation& installation, const std::vector<s3::Region>& regions,
                         std::uint16_t base) {
  installation.held_ports = std::make_shared<HeldPorts>();
  installation.regions.clear();
  HeldPorts& held = *installation.held_ports;
  std::uint16_t next = base;
  for (const s3::Region& region : regions) {
    RegionPorts ports{region, next, static_cast<std::uint16_t>(next + 100),
                      static_cast<std::uint16_t>(next + 200)};
    if (base == 0) {
      ports.http = held.take_free();
      ports.https = held.take_free();
      ports.internal = held.take_free();
    } else {
      ++next;
      held.take(ports.http, region.text() + " (HTTP)");
      held.take(ports.https, region.text() + " (HTTPS)");
      held.take(ports.internal, region.text() + " (internal)");
    }
    installation.regions.push_back(std::move(ports));
  }
}

// The default ones, or the next that are all free.
void choose_free_set(Installation& installation, const InstallationOptions& options) {
  for (int i = 0; i < bases_tried; ++i) {
    const int base = options.port_base + i * bases_apart;
    if (base > port_base_max) break;
    try {
      choose_region_ports(installation, options.regions, static_cast<std::uint16_t>(base));
      return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unavailable) throw;
    }
  }
  choose_region_ports(installation, options.regions, 0);
}

void choose_ports(Installation& installation, const InstallationOptions& options) {
  if (options.ports_given) {
    choose_region_ports(installation, options.regions, options.port_base);
  } else {
    choose_free_set(installation, options);
  }
  HeldPorts& held = *installation.held_ports;
  if (!installation.serve_address.ends_with(":0")) {
    if (held.take_if_free(serve_port(installation)) || options.ports_given) return;
  }
  installation.serve_address = fmt::format("127.0.0.1:{}", held.take_free());
}

std::shared_ptr<HeldPorts> hold_ports(const Installation& installation) {
  auto held = std::make_shared<HeldPorts>();
  for (const RegionPorts& ports : installation.regions) {
    for (const std::uint16_t port : {ports.http, ports.https, ports.internal}) held->take_if_free(port);
  }
  held->take_if_free(serve_port(installation));
  return held;
}

void make_certificates(const Installation& installation, const Clock& clock) {
  make_folder(installation.folder + "/tls", 0700);
  const auto authority =
      http::make_certificate_authority("s3dr embedded cloud", clock.now(), std::chrono::days(3650));
  std::vector<std::string> names = {"localhost", "*.localhost", "127.0.0.1", "::1"};
  // S3 Control hosts carry the account in front; OpenSSL matches no wildcard directly below a top-level name.
  for (const s3::AccountId& account : installation.accounts) names.push_back(account.text() + ".localhost");
  for (const RegionPorts& ports : installation.regions) {
    for (const char* service : {"s3", "s3-control"}) {
      const std::string host = fmt::format("{}.{}.localhost", service, ports.region.text());
      names.push_back(host);
      names.push_back("*." + host);
    }
  }
  const auto server = http::make_server_certificate(authority, names, clock.now(), std::chrono::days(3650));
  write_file(installation.private_key_path(), server.private_key_pem.reveal());
  write_file(installation.certificate_path(), server.certificate_pem + authority.certificate_pem);
  write_file(installation.ca_path(), authority.certificate_pem);
}

void make_accounts(const Installation& installation, Random& random) {
  make_folder(installation.folder + "/global", 0700);
  make_folder(installation.folder + "/aws", 0700);
  const auto storage = make_global_storage(installation);
  GlobalPlane global(*storage);
  std::string credentials;
  std::string config;
  for (const s3::AccountId& account : installation.accounts) {
    AccessKey key;
    key.access_key_id = "AKIA" + random.alphanumeric(16);
    key.secret_access_key = Secret(random.alphanumeric(40));
    key.account = account;
    for (char& c : key.access_key_id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    global.add_account(account);
    global.add_access_key(key);
    for (const RegionPorts& ports : installation.regions) {
      const std::string profile = Installation::profile(account, ports.region);
      credentials += fmt::format("[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n\n", profile,
                                 key.access_key_id, key.secret_access_key.reveal());
      config += fmt::format(
          "[profile {}]\nregion = {}\nendpoint_url = http://127.0.0.1:{}\n"
          "s3 =\n  addressing_style = path\n  signature_version = s3v4\n\n",
          profile, ports.region.text(), ports.http);
    }
  }
  write_file(installation.credentials_path(), credentials);
  write_file(installation.config_path(), config);
}

// A configuration for `s3dr serve` that protects buckets of the first region in the second, within the first
// account.
std::string serve_config(const Installation& installation) {
  const RegionPorts& source = installation.regions.at(0);
  const RegionPorts& destination = installation.regions.at(1);
  const s3::AccountId& account = installation.accounts.at(0);
  std::string text = "# Protects buckets tagged dr=true of the first region in the second one.\n";
  for (const auto& [side, ports] : {std::pair("source", source), std::pair("destination", destination)}) {
    text += fmt::format("{}:\n  region: {}\n  account: \"{}\"\n  profile: {}\n", side, ports.region.text(),
                        account.text(), Installation::profile(account, ports.region));
  }
  text += "endpoints:\n";
  for (const RegionPorts& ports : {source, destination}) {
    text += fmt::format("  {}: http://127.0.0.1:{}\n", ports.region.text(), ports.http);
  }
  text += fmt::format(
      "match_tags:\n  dr: \"true\"\nreplication_role: arn:aws:iam::{0}:role/s3dr-replication\n"
      "batch_role: arn:aws:iam::{0}:role/s3dr-batch\n",
      account.text());
  // A job on this machine is done sooner than one on AWS: ask more often.
  text += "backfill:\n  look_again: 1s\n";
  text +=
      fmt::format("serve:\n  listen: {}\n  event_secret_file: event-secret\n", installation.serve_address);
  return text;
}

Installation create(const InstallationOptions& options, const Clock& clock, Random& random) {
  if (options.regions.size() < 2)
    throw Error(ErrorKind::invalid, "an embedded cloud needs two regions or more");
  Installation installation;
  installation.folder = options.folder;
  installation.serve_address = options.serve_address;
  installation.trail = options.trail;
  for (const char* account : account_ids) installation.accounts.push_back(s3::AccountId::parse(account));
  choose_ports(installation, options);
  make_certificates(installation, clock);
  make_accounts(installation, random);
  write_file(installation.event_secret_path(), random.hex(48) + "\n");
  write_file(installation.serve_config_path(), serve_config(installation));
  write_file(installation.folder + "/installation.json", to_json(installation));  // last: now it is whole
  return installation;
}

}  // namespace

const RegionPorts* Installation::find(const s3::Region& region) const {
  for (const RegionPorts& ports : regions) {
    if (ports.region == region) return &ports;
  }
  return nullptr;
}

std::string Installation::region_folder(const s3::Region& region) const {
  return folder + "/" + region.text();
}
std::string Installation::ca_path() const {
  return folder + "/ca.pem";
}
std::string Installation::certificate_path() const {
  return folder + "/tls/server.pem";
}
std::string Installation::private_key_path() const {
  return folder + "/tls/server.key";
}
std::string Installation::event_secret_path() const {
  return folder + "/event-secret";
}
std::string Installation::credentials_path() const {
  return folder + "/aws/credentials";
}
std::string Installation::config_path() const {
  return folder + "/aws/config";
}
std::string Installation::serve_config_path() const {
  return folder + "/s3dr.yaml";
}
std::string Installation::socket_path() const {
  return folder + "/supervisor.socket";
}

std::string Installation::profile(const s3::AccountId& account, const s3::Region& region) {
  return "s3dr-" + account.text() + "-" + region.text();
}

Installation open_installation(const InstallationOptions& given, const Clock& clock, Random& random) {
  if (given.folder.empty()) throw Error(ErrorKind::invalid, "the data folder has no name");
  InstallationOptions options = given;
  options.folder = absolute_folder(given.folder);
  make_folder(options.folder, 0700);
  require_private(options.folder);
  if (!fs::exists(options.folder + "/installation.json")) return create(options, clock, random);
  Installation installation = read_installation(options.folder);
  for (const s3::Region& region : options.regions) {
    if (!options.regions_given) break;
    if (installation.find(region) == nullptr) {
      throw Error(ErrorKind::invalid, "the installation in this folder has no region " + region.text())
          .with_resource(options.folder)
          .with_advice("leave the regions out, or choose another folder with --data");
    }
  }
  installation.held_ports = hold_ports(installation);
  return installation;
}

Installation read_installation(const std::string& folder) {
  const std::string path = folder + "/installation.json";
  if (!fs::exists(path)) {
    throw Error(ErrorKind::not_found, "there is no embedded cloud in this folder")
        .with_resource(folder)
        .with_advice("make one with: s3dr cloud start --data " + folder);
  }
  require_private(folder);
  return from_json(read_text_file(path), absolute_folder(folder));
}

std::string read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.fail()) {
    throw Error(ErrorKind::invalid, std::string("cannot be read: ") + std::strerror(errno))
        .with_resource(path);
  }
  return text.str();
}

void make_region_folder(const Installation& installation, const s3::Region& region) {
  make_folder(installation.region_folder(region), 0700);
}

Secret read_event_secret(const Installation& installation) {
  std::string text = read_text_file(installation.event_secret_path());
  while (text.ends_with('\n')) text.pop_back();
  return Secret(std::move(text));
}

std::unique_ptr<Storage> make_global_storage(const Installation& installation) {
  return std::make_unique<GlobalStorage>(installation.folder + "/global/global.sqlite");
}

}  // namespace s3dr::cloud
