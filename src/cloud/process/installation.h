// The data folder of an embedded cloud: regions and ports, accounts and their keys, certificates, and the
// files that a new user needs (AWS profiles, CA bundle, s3dr.yaml). Made once.
// Every process of the installation reads it.
//   installation.json  regions and ports
//   global/            the global plane: bucket names, accounts, access keys
//   <region>/          body files, database, access.log, region.log
//   ca.pem             what clients trust
//   tls/               the server's certificate and key
//   aws/               credentials and config: AWS profiles
//   event-secret       shared with `s3dr serve`
//   s3dr.yaml          ready for `s3dr serve`
// Only its owner may enter the folder (0700) and read the files (0600).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/http_message.h"
#include "base/random.h"
#include "base/secret.h"
#include "cloud/store/storage.h"
#include "s3/names.h"

namespace s3dr::cloud {

class HeldPorts;

struct RegionPorts {
  s3::Region region;
  std::uint16_t http = 0;
  std::uint16_t https = 0;
  std::uint16_t internal = 0;  // replication between regions
};

struct InstallationOptions {
  std::string folder;
  std::vector<s3::Region> regions;  // two or more
  // False: `regions` is only for a new installation; an existing one may have others.
  bool regions_given = true;
  // The first http port; each region takes the next one.
  // https ports are 100 higher, internal ports 200 higher.
  // 0: free ports, chosen now.
  std::uint16_t port_base = 9101;
  // The address of `s3dr serve`, where events go. Port 0: a free one, chosen now.
  std::string serve_address = "127.0.0.1:9180";
  // Every account of a new installation gets a trail that logs in each region. False: as on AWS, none until its owner
  // makes one.
  bool trail = true;
  // False: the ports above are only the first choice. If one is taken, others are chosen: 9111, 9121 …, else
  // free ones.
  bool ports_given = true;
};

struct Installation {
  std::string folder;
  std::vector<RegionPorts> regions;
  std::vector<s3::AccountId> accounts;
  std::string serve_address;
  bool trail = true;  // see InstallationOptions
  // Set by open_installation: holds the ports as long as any copy lives. nullptr after read_installation.
  std::shared_ptr<HeldPorts> held_ports;

  const RegionPorts* find(const s3::Region& region) const;  // nullptr: not a region of this installation
  std::string region_folder(const s3::Region& region) const;
  std::string ca_path() const;
  std::string certificate_path() const;
  std::string private_key_path() const;
  std::string event_secret_path() const;
  std::string credentials_path() const;   // AWS_SHARED_CREDENTIALS_FILE
  std::string config_path() const;        // AWS_CONFIG_FILE
  std::string serve_config_path() const;  // s3dr.yaml
  std::string socket_path() const;        // of the supervisor
  // "s3dr-<account>-<region>"
  static std::string profile(const s3::AccountId& account, const s3::Region& region);
};

// Opens the installation in the folder, or makes it. For the process that starts the regions.
// - The ports are held from now on, so that a killed region and the controller get theirs again. A port on
//   which another program listens now is not held.
// - An existing installation keeps its regions, ports and keys. Asking for other regions raises invalid.
// Raises invalid (the folder cannot be used, or is open to other users; with advice),
// unavailable (a port of a new installation is taken).
Installation open_installation(const InstallationOptions& options, const Clock& clock, Random& random);
// Reads an installation: to look at it, or to ask its supervisor.
// Raises not_found (with advice) when there is none, invalid when the folder is open to other users.
Installation read_installation(const std::string& folder);

// Makes the folder of a region before the region's process runs. Raises invalid.
void make_region_folder(const Installation& installation, const s3::Region& region);

Secret read_event_secret(const Installation& installation);
std::string read_text_file(const std::string& path);  // raises invalid

// The storage of the global plane: only its database. Every region's process opens it.
std::unique_ptr<Storage> make_global_storage(const Installation& installation);

}  // namespace s3dr::cloud
