// The tables of one region's database, for apply_schema. The services beside S3 bring tables of their own
// (RegionServices::schema); the global plane has its own database.
#pragma once

#include <string_view>

#include "cloud/store/row_counts.h"

namespace s3dr::cloud {

inline constexpr std::string_view region_schema = R"sql(
CREATE TABLE IF NOT EXISTS bucket (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  versioning INTEGER NOT NULL DEFAULT 0,        -- s3::Versioning
  tags TEXT NOT NULL DEFAULT '',                -- as in the x-amz-tagging header
  replication_xml TEXT                          -- NULL: none
);

-- The stack of a key is ordered by (created_ms, sequence); the largest is the current version.
CREATE TABLE IF NOT EXISTS object_version (
  id INTEGER PRIMARY KEY,
  bucket INTEGER NOT NULL REFERENCES bucket(id),
  key BLOB NOT NULL,
  version_id TEXT NOT NULL,                     -- 'null' for the unversioned one
  created_ms INTEGER NOT NULL,
  sequence INTEGER NOT NULL,                    -- per key, carried to the replica
  is_latest INTEGER NOT NULL,                   -- kept in the same transaction as every change of the stack
  is_marker INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  body TEXT,                                    -- body id; NULL: marker or empty
  parts TEXT NOT NULL DEFAULT '',               -- multipart only: JSON [{"number":1,"size":5,"checksum":"…"}]
  checksum_algorithm TEXT NOT NULL DEFAULT '',  -- "CRC64NVME"; every object has one
  checksum_type TEXT NOT NULL DEFAULT '',       -- "FULL_OBJECT" or "COMPOSITE"
  checksum_value TEXT NOT NULL DEFAULT '',      -- base64, composite ones with "-N"
  system_metadata TEXT NOT NULL DEFAULT '{}',   -- JSON object, lower-case names
  user_metadata TEXT NOT NULL DEFAULT '{}',
  tags TEXT NOT NULL DEFAULT '',                -- as in the x-amz-tagging header
  storage_class TEXT NOT NULL DEFAULT 'STANDARD',
  replication_status INTEGER NOT NULL DEFAULT 0, -- s3::ReplicationStatus
  UNIQUE (bucket, key, version_id)
);
CREATE INDEX IF NOT EXISTS object_stack ON object_version (bucket, key, created_ms DESC, sequence DESC);
CREATE UNIQUE INDEX IF NOT EXISTS object_latest ON object_version (bucket, key) WHERE is_latest = 1;
CREATE INDEX IF NOT EXISTS object_number ON object_version (bucket, id);  -- a batch job walks it

CREATE TABLE IF NOT EXISTS upload (
  id INTEGER PRIMARY KEY,
  bucket INTEGER NOT NULL REFERENCES bucket(id),
  key BLOB NOT NULL,
  upload_id TEXT NOT NULL UNIQUE,
  initiated_ms INTEGER NOT NULL,
  checksum_algorithm TEXT NOT NULL,
  checksum_type TEXT NOT NULL,
  system_metadata TEXT NOT NULL,
  user_metadata TEXT NOT NULL,
  tags TEXT NOT NULL,
  storage_class TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS upload_key ON upload (bucket, key, upload_id);
-- Which version an upload became. Completing it again gets the same answer as long as the version exists.
CREATE TABLE IF NOT EXISTS completed_upload (
  upload_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL UNIQUE REFERENCES object_version(id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
  upload INTEGER NOT NULL REFERENCES upload(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  body TEXT,
  checksum_value TEXT NOT NULL,
  modified_ms INTEGER NOT NULL,
  PRIMARY KEY (upload, number)
);

-- The durable replication queue. Live writes and batch jobs both feed it.
-- Idempotent by (version, destination).
CREATE TABLE IF NOT EXISTS replication_task (
  id INTEGER PRIMARY KEY,
  object_version INTEGER NOT NULL REFERENCES object_version(id) ON DELETE CASCADE,
  destination TEXT NOT NULL,                    -- bucket name
  rule_id TEXT NOT NULL,
  queued_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  UNIQUE (object_version, destination)
);
CREATE INDEX IF NOT EXISTS replication_due ON replication_task (due_ms, id);
CREATE INDEX IF NOT EXISTS replication_oldest ON replication_task (destination, rule_id, queued_ms);
-- What waits, by rule. Only store/replication_queue changes entries, and these numbers with them.
CREATE TABLE IF NOT EXISTS replication_pending (
  bucket INTEGER NOT NULL REFERENCES bucket(id) ON DELETE CASCADE,
  destination TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  operations INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (bucket, destination, rule_id)
) WITHOUT ROWID;

-- What replication measured in one minute. It waits here for the CloudWatch service that publishes it.
CREATE TABLE IF NOT EXISTS replication_metric (
  carried INTEGER NOT NULL,                     -- 1: to be sent to the replicas' region
  name TEXT NOT NULL,
  account TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  minute_ms INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  largest INTEGER NOT NULL,
  PRIMARY KEY (carried, name, account, source, destination, rule_id, minute_ms)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS job (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  token TEXT NOT NULL,
  request TEXT NOT NULL,                        -- CreateJob's body as received; its token must bring it again
  bucket INTEGER NOT NULL REFERENCES bucket(id),
  status TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  created_before_ms INTEGER,
  cursor INTEGER NOT NULL DEFAULT 0,            -- object_version.id up to which the manifest has been made
  tasks_total INTEGER NOT NULL DEFAULT 0,       -- of its rows in job_task; so are the next two
  tasks_succeeded INTEGER NOT NULL DEFAULT 0,
  tasks_failed INTEGER NOT NULL DEFAULT 0,
  failure TEXT NOT NULL DEFAULT '',
  UNIQUE (account, token)
);
CREATE INDEX IF NOT EXISTS job_account ON job (account);
CREATE INDEX IF NOT EXISTS job_bucket ON job (bucket);
CREATE INDEX IF NOT EXISTS job_open ON job (created_ms) WHERE status IN ('New', 'Preparing', 'Active', 'Completing');
-- Only store/job_tasks changes tasks, and the job's counts with them.
CREATE TABLE IF NOT EXISTS job_task (
  job TEXT NOT NULL REFERENCES job(id),
  object_version INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,             -- 0 waiting, 1 succeeded, 2 failed
  PRIMARY KEY (job, object_version)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_task_version ON job_task (object_version);
DROP INDEX IF EXISTS job_task_open;             -- of an earlier release; SQLite never chose it

-- Why a task failed: S3's failure reason (docs/protocol.md, Replication semantics).
CREATE TABLE IF NOT EXISTS job_failure (
  job TEXT NOT NULL REFERENCES job(id) ON DELETE CASCADE,
  object_version INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (job, object_version)
) WITHOUT ROWID;

-- An event commits together with the change it reports. It waits here for the EventBridge service.
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL,                           -- the EventBridge envelope
  due_ms INTEGER NOT NULL                       -- when it was recorded
);

CREATE TABLE IF NOT EXISTS bucket_policy (
  bucket INTEGER PRIMARY KEY REFERENCES bucket(id) ON DELETE CASCADE,
  document TEXT NOT NULL                        -- as given
);

-- objects/lifecycle_run acts on them.
CREATE TABLE IF NOT EXISTS bucket_lifecycle (
  bucket INTEGER PRIMARY KEY REFERENCES bucket(id) ON DELETE CASCADE,
  document TEXT NOT NULL,                       -- XML with every rule's id
  minimum_size TEXT NOT NULL                    -- x-amz-transition-default-minimum-object-size
);

-- Settings that are one document each (cloud/settings/setting_kinds.h), and the access control list.
CREATE TABLE IF NOT EXISTS bucket_setting (
  bucket INTEGER NOT NULL REFERENCES bucket(id) ON DELETE CASCADE,
  subresource TEXT NOT NULL,
  id TEXT NOT NULL,                             -- '': the setting has no ids
  document TEXT NOT NULL,                       -- the inside of the XML, in normal form
  PRIMARY KEY (bucket, subresource, id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);

-- How many rows the queues have (store/row_counts.h).
CREATE TABLE IF NOT EXISTS row_count (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
)sql" S3DR_COUNT_ROWS("event");

}  // namespace s3dr::cloud
