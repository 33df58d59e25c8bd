// The data folder of an embedded cloud: which regions and ports, accounts and their keys, certificates, and
// the files a newcomer needs (AWS profiles, CA bundle, s3dr.yaml). Made once, read by every process of the
// installation.
//   installation.json  regions and ports
//   global/            the global plane: bucket names, accounts, access keys
//   <region>/          body files, database, access.log, region.log
//   ca.pem             what clients trust;   tls/  the server's certificate and key (0600)
//   aws/               credentials (0600) and config: AWS profiles
//   event-secret       0600, shared with `s3dr serve`
//   s3dr.yaml          ready for `s3dr serve`
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
  // False: `regions` is what a new installation gets; an existing one may have others.
  bool regions_given = true;
  // http ports from here on, one a region; https 100 above, internal 200 above. 0: free ports, chosen now.
  std::uint16_t port_base = 9101;
  std::string serve_address =
      "127.0.0.1:9180";  // of `s3dr serve`, where events go; port 0: a free one, chosen now
};

struct Installation {
  std::string folder;
  std::vector<RegionPorts> regions;
  std::vector<s3::AccountId> accounts;
  std::string serve_address;
  std::shared_ptr<HeldPorts>
      held_ports;  // of an opened one, as long as any copy lives; nullptr: one that was read

  const RegionPorts* find(const s3::Region& region) const;  // nullptr: not one of ours
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

// Opens the installation in the folder, or makes it, for whoever starts its regions: its ports are held from
// now on, so that a region that was killed and the controller find theirs again; one that somebody listens on
// now is not. An existing one keeps its regions, ports and keys: asking for
// other regions raises invalid. Raises invalid (folder not usable, with advice), unavailable (a new one's
// port is taken).
Installation open_installation(const InstallationOptions& options, const Clock& clock, Random& random);
// To look at it, or to ask its supervisor. Raises not_found (with advice) when there is none.
Installation read_installation(const std::string& folder);

// The folder of a region, before its process is there to make it. Raises invalid.
void make_region_folder(const Installation& installation, const s3::Region& region);

Secret read_event_secret(const Installation& installation);
std::string read_text_file(const std::string& path);  // raises invalid

// The storage of the global plane: its database only, opened by every region's process.
std::unique_ptr<Storage> make_global_storage(const Installation& installation);

}  // namespace s3dr::cloud
