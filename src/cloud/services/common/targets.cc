#include "cloud/services/common/targets.h"

#include <boost/json.hpp>

#include "aws/arn.h"
#include "cloud/services/common/target_policy.h"

namespace s3dr::services {
namespace {

// "function:NAME" or "function:NAME:QUALIFIER" → NAME
std::string function_name(const std::string& resource) {
  constexpr std::string_view prefix = "function:";
  if (!resource.starts_with(prefix)) return "";
  const std::string name = resource.substr(prefix.size());
  return name.substr(0, name.find(':'));
}

Handed to_function(cloud::Connection& db, const aws::Arn& arn, const Delivery& delivery, Instant now,
                   const std::string& id) {
  auto row = db.prepare("SELECT id FROM lambda_function WHERE account = ? AND name = ?");
  row.bind(arn.account, function_name(arn.resource));
  if (!row.step()) return Handed::no_target;
  db.prepare(
        "INSERT OR IGNORE INTO lambda_invocation (id, function, payload, queued_ms, due_ms) VALUES (?, ?, ?, "
        "?, ?)")
      .bind(id, row.integer(0), delivery.payload, now.time_since_epoch().count(),
            now.time_since_epoch().count())
      .run();
  return Handed::taken;
}

Handed to_queue(cloud::Connection& db, const aws::Arn& arn, const Delivery& delivery, Instant now,
                const std::string& id) {
  auto row = db.prepare("SELECT id FROM sqs_queue WHERE account = ? AND name = ?");
  row.bind(arn.account, arn.resource);
  if (!row.step()) return Handed::no_target;
  boost::json::object attributes;
  for (const auto& [name, value] : delivery.attributes) attributes[name] = value;
  db.prepare(
        "INSERT OR IGNORE INTO sqs_message (id, queue, body, attributes, sent_ms, visible_ms) VALUES (?, ?, "
        "?, ?, ?, ?)")
      .bind(id, row.integer(0), delivery.payload, boost::json::serialize(attributes),
            now.time_since_epoch().count(), now.time_since_epoch().count())
      .run();
  return Handed::taken;
}

}  // namespace

const std::string_view targets_schema = R"sql(
CREATE TABLE IF NOT EXISTS lambda_function (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  configuration TEXT NOT NULL,                  -- JSON: the FunctionConfiguration as GetFunction shows it
  environment TEXT NOT NULL DEFAULT '{}',       -- JSON: its variables
  code TEXT NOT NULL DEFAULT '',                -- body id of the zip
  policy TEXT NOT NULL DEFAULT '',              -- JSON policy document; empty: none
  tags TEXT NOT NULL DEFAULT '{}',
  event_invoke TEXT NOT NULL DEFAULT '',        -- JSON of PutFunctionEventInvokeConfig; empty: none
  concurrency INTEGER,                          -- reserved; NULL: none
  settling INTEGER NOT NULL DEFAULT 0,          -- 1: created or updated, not ready yet
  UNIQUE (account, name)
);
-- Asynchronous invocations: durable from the moment they are accepted.
CREATE TABLE IF NOT EXISTS lambda_invocation (
  id TEXT PRIMARY KEY,
  function INTEGER NOT NULL REFERENCES lambda_function(id) ON DELETE CASCADE,
  payload TEXT NOT NULL,
  queued_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,          -- ended with a function error
  held_up INTEGER NOT NULL DEFAULT 0            -- not begun: throttled, not ready, a fault of the cloud
);
CREATE INDEX IF NOT EXISTS lambda_invocation_due ON lambda_invocation (due_ms, id);
CREATE INDEX IF NOT EXISTS lambda_invocation_function ON lambda_invocation (function);

CREATE TABLE IF NOT EXISTS sqs_queue (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  attributes TEXT NOT NULL DEFAULT '{}',        -- JSON, as SetQueueAttributes takes them, Policy included
  tags TEXT NOT NULL DEFAULT '{}',
  created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account, name)
);
CREATE TABLE IF NOT EXISTS sqs_message (
  id TEXT PRIMARY KEY,
  queue INTEGER NOT NULL REFERENCES sqs_queue(id) ON DELETE CASCADE,
  body TEXT NOT NULL,
  attributes TEXT NOT NULL DEFAULT '{}',        -- JSON: name → string, or {"DataType", "Value"}
  sender TEXT NOT NULL DEFAULT '',
  dead_letter_source TEXT NOT NULL DEFAULT '',  -- ARN of the queue it failed in
  first_received_ms INTEGER NOT NULL DEFAULT 0,
  sent_ms INTEGER NOT NULL,
  visible_ms INTEGER NOT NULL,
  receives INTEGER NOT NULL DEFAULT 0,
  receipt TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS sqs_message_visible ON sqs_message (queue, visible_ms, id);
)sql";

Handed hand_over_as_owner(cloud::Connection& db, const Delivery& delivery, Instant now,
                          const std::string& delivery_id) {
  const auto arn = aws::parse_arn(delivery.target_arn);
  if (arn && arn->service == "lambda") return to_function(db, *arn, delivery, now, delivery_id);
  if (arn && arn->service == "sqs") return to_queue(db, *arn, delivery, now, delivery_id);
  return Handed::no_target;
}

Handed hand_over(cloud::Connection& db, const Delivery& delivery, Instant now,
                 const std::string& delivery_id) {
  if (!target_lets_in(db, delivery, now)) return Handed::not_allowed;
  return hand_over_as_owner(db, delivery, now, delivery_id);
}

}  // namespace s3dr::services
