// What every part of a region shares, and one authenticated request. The flow of a request:
//   Region::handle → front door (strict path, signature, payload mode) → router → one operation → response.
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

// Ordinary configuration, so that tests need no waiting.
struct RegionOptions {
  s3::Region region;
  // The other regions' internal listeners (cloud/replication/replication.h). A region not in here cannot be a
  // destination.
  std::vector<std::pair<s3::Region, Endpoint>> peers;
  // The HTTP intake of `s3dr serve`, for the rule every account is given (cloud/services/bus/events_default.h);
  // nullopt: it gets none.
  std::optional<Endpoint> event_endpoint;
  std::string event_path = "/events";
  Secret event_secret;  // sent as x-s3dr-event-secret
  // So many events wait at most for the EventBridge service, and so many at most for API destinations.
  std::size_t events_max = 100'000;
  milliseconds event_request_max{5'000};  // an API destination has to answer within
  int replication_concurrency = 16;
  milliseconds metrics_interval{10'000};  // between two looks at what waits to be replicated
  milliseconds retry_base{200};
  milliseconds retry_cap{10'000};
  milliseconds request_age_max{15 * 60 * 1000};
  std::shared_ptr<AccessLog> access_log;  // one record a request; none: not kept
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
  // Names being created or deleted just now: claim (global plane) and row (region) change one after the
  // other.
  std::set<std::string> buckets_in_flux{};
  std::set<std::string> uploads_completing{};  // ids of uploads whose parts are being put together
  std::function<void()> wake_jobs{};           // called after a commit that made or moved a batch job
  // Called after a commit that handed something to a service (cloud/door/service.h): each service that works wakes
  // up.
  std::function<void()> wake_services{};
  Secret replication_key{};  // the global plane's; read once (cloud/door/internal_auth.h)
};

// A request whose signature has been verified. The body, if any, is still to be read.
struct Request {
  std::string method;
  std::string bucket_text;  // as addressed; empty: the service itself
  s3::ObjectKey key;        // empty: the bucket itself
  aws::QueryParameters query;
  Headers headers;  // lower-level framing headers included
  // Decoded body: aws-chunked framing and signatures are undone and checked; declared
  // sha256/MD5/x-amz-checksum-* of the *payload* are for the operation to check (cloud/objects/payload.h does it for
  // both small and streamed bodies).
  std::unique_ptr<BodyReader> body;
  std::optional<std::uint64_t> body_length;  // decoded length
  std::optional<std::string>
      declared_sha256;  // hex, when x-amz-content-sha256 is a hash: already verified at the end
                        // of `body` (read() raises corrupt XAmzContentSHA256Mismatch)
  // Trailers of aws-chunked (lower-case name → value), complete once `body` has been read to its end.
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
  // The policies let the caller do what the request asks for (cloud/door/s3_access.h).
  bool admitted = false;
  // A small XML body once an operation has read it (cloud/door/document_body.h); the event of a failed call shows
  // it too.
  std::string document;

  const std::string* find(std::string_view name) const {  // nullptr: not in the query
    for (const aws::QueryParameter& parameter : query) {
      if (parameter.name == name) return &parameter.value;
    }
    return nullptr;
  }
};

// A refusal with S3's own code: thrown by operations as an Error whose code/status/message go into the
// <Error> answer. `refuse("NoSuchKey", "The specified key does not exist.")` looks the status up in
// s3/error_response.h.
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
