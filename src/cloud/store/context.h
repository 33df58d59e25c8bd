// What all parts of a region share (RegionContext), and one authenticated request (Request).
// The flow of a request:
//   Region::handle → front door (strict path, signature, payload mode) → router → one operation → response
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/request_target.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/http_message.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/task.h"
#include "cloud/store/caller.h"
#include "cloud/store/database.h"
#include "cloud/store/global_plane.h"
#include "cloud/store/storage.h"
#include "http/transport.h"
#include "s3/bucket.h"
#include "s3/names.h"
#include "s3/object_version.h"
#include "s3/replication_configuration.h"
#include "s3/tag.h"

namespace s3dr::cloud {

class AccessLog;  // cloud/door/access_log.h

// The configuration of a region. All times can be set, so that tests need not wait.
struct RegionOptions {
  s3::Region region;
  // The internal listeners of the other regions (cloud/replication/replication.h). A region that is not
  // listed cannot be a destination.
  std::vector<std::pair<s3::Region, Endpoint>> peers;
  // Every account gets a trail that logs, once. False: as on AWS, an account has none until it makes one.
  bool makes_trail = false;
  // The HTTP intake of `s3dr serve`. Every account gets a rule that sends events there
  // (cloud/services/bus/events_default.h). nullopt: no account gets this rule.
  std::optional<Endpoint> event_endpoint;
  std::string event_path = "/events";
  Secret event_secret;  // sent as x-s3dr-event-secret
  // At most this many events wait for the EventBridge service, and at most this many for API destinations.
  std::size_t events_max = 100'000;
  milliseconds event_request_max{5'000};  // the time limit of one request to an API destination
  int replication_concurrency = 16;
  milliseconds metrics_interval{10'000};  // between two measurements of the replication queue
  milliseconds lifecycle_delay{1'000};    // from a start or a change of lifecycle rules to their run
  milliseconds retry_base{200};
  milliseconds retry_cap{10'000};
  milliseconds request_age_max{15 * 60 * 1000};
  std::shared_ptr<AccessLog> access_log;  // gets one record for each request; nullptr: no access log
};

struct RegionContext {
  RegionOptions options;
  Clock& clock;
  Random& random;
  Log& log;
  Database& database;
  BodyStore& bodies;
  GlobalPlane& global;
  http::HttpTransport& transport;          // to peers and to API destinations
  std::function<void()> wake_replication;  // called after a commit that queued replication tasks
  std::function<void()> wake_events;       // called after a commit that wrote events
  // Names of buckets that are being created or deleted now. This takes two steps: the claim (global plane)
  // and the row (region) change one after the other.
  std::set<std::string> buckets_in_flux{};
  std::set<std::string> uploads_completing{};  // ids of uploads that are being completed now
  std::function<void()> wake_jobs{};           // called after a commit that created or advanced a batch job
  std::function<void()> wake_lifecycle{};      // called after a commit that changed lifecycle rules
  // Called after a commit that handed something to a service (cloud/door/service.h).
  // Wakes every service that has background work.
  std::function<void()> wake_services{};
  Secret replication_key{};  // the global plane's; read once (cloud/door/internal_auth.h)
};

// A request that the front door has let in: its signature was verified, or it has none and a policy decides (then
// `caller` has no ARN). The body, if any, is still to be read.
struct Request {
  std::string method;
  std::string bucket_text;  // as addressed; empty: the service itself
  s3::ObjectKey key;        // empty: the bucket itself
  aws::QueryParameters query;
  Headers headers;  // lower-level framing headers included
  // The decoded body. Reading it removes the aws-chunked framing and checks the chunk signatures. The
  // operation itself checks the declared Content-MD5 and x-amz-checksum-* of the payload:
  // cloud/objects/payload.h does it for object bodies, cloud/door/document_body.h for small XML bodies.
  std::unique_ptr<BodyReader> body;
  std::optional<std::uint64_t> body_length;  // decoded length
  // Hex, when x-amz-content-sha256 is a hash.
  // It is compared at the end of `body`: read() raises corrupt XAmzContentSHA256Mismatch.
  std::optional<std::string> declared_sha256;
  // Trailers of aws-chunked (lower-case name → value). Complete when `body` has been read to its end.
  std::shared_ptr<std::vector<Header>> trailers;
  s3::AccountId account;  // the caller's
  Caller caller;
  std::string user_agent;
  std::string source_address;
  bool tls = false;
  bool presigned = false;
  std::string payload_mode;  // the raw x-amz-content-sha256 value (for the access log)
  std::string request_id;
  std::string host_id;
  // True: the policies allow what the request asks for (cloud/door/s3_access.h).
  bool admitted = false;
  std::string_view event_name;  // as CloudTrail calls the operation; of a constant table
  // A small XML body, once an operation has read it (cloud/door/document_body.h). The event of the call shows
  // it, also when the call failed.
  std::string document;

  const std::string* find(std::string_view name) const {  // nullptr: not in the query
    for (const aws::QueryParameter& parameter : query) {
      if (parameter.name == name) return &parameter.value;
    }
    return nullptr;
  }
};

// A refusal with S3's own code. Operations throw it; its code, status and message go into the <Error> answer.
// `refuse("NoSuchKey", "The specified key does not exist.")` takes the status from s3/error_response.h.
Error refuse(std::string_view code, std::string_view message);

// A bucket of this region as the database knows it.
struct BucketRow {
  std::int64_t id = 0;
  s3::BucketName name;
  s3::AccountId account;
  Instant created{};
  s3::Versioning versioning = s3::Versioning::never_enabled;
  s3::TagSet tags;
  std::optional<s3::ReplicationConfiguration> replication;
};

}  // namespace s3dr::cloud
