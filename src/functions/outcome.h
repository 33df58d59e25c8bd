// How a function ended. The caller (a queue, the Lambda host) decides from it what to do with the message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "dr/conditions/conditions.h"
#include "dr/record.h"

namespace s3dr::functions {

struct Outcome {
  enum class Kind {
    done,           // wrote something, or told the next function; nothing more to do here
    nothing_to_do,  // nothing to change; wrote nothing
    look_again,     // deliver the message again after `after`: a job runs, or the failure may pass
    blocked,        // a person must act (no permission, conflict, broken record); the sweep looks again
  };
  Kind kind = Kind::nothing_to_do;
  // The source that was looked at. A message may name its replica instead (dr::MessageKind::replica). Empty: none was.
  s3::BucketName bucket;
  milliseconds after{0};
  std::string why;
  std::optional<ErrorKind> error;  // of look_again and blocked, when an error was the cause
  int writes = 0;                  // to S3 and to the record
  int published = 0;
  std::vector<std::string> did;  // each write in words
  dr::State state = dr::State::unknown;
  bool rules_lost = false;  // rules of others may be lost (dr/replication_edits.h)
  // What puts the pair into a state that only a person ends (dr::needs_a_person).
  std::optional<dr::Condition> for_a_person;
};
std::string_view to_string(Outcome::Kind kind);
// For logs and answers: the source; where none was looked at, the bucket that the message names.
const s3::BucketName& bucket_of(const Outcome& outcome, const s3::BucketName& named);

// The condition that a person has to act upon, and its reason, in the words of dr/conditions/conditions.h: `Conflict`, `NotOurs`.
// nullopt: there is none. Stable: alarms and log filters use both.
//   Conflict, ReplicaReady, BackfillComplete, SourcePresent, …   what the pair is in (dr::needs_a_person)
//   Permitted, Reachable                                         what blocked the function, by the error's kind
//   RulesLost                                                    rules of others, by our own PUT; nothing else is wrong
//   Protected, Blocked                                           anything else that only a person ends
std::optional<dr::ConditionWord> condition_of(const Outcome& outcome);
// Of a failure outside of a look (a listing, a document that could not be noted); nullopt: it may pass by itself.
std::optional<dr::ConditionWord> condition_of(ErrorKind failure);
// The fields `condition` and `reason` of a log line.
std::vector<LogField> fields_of(const dr::ConditionWord& word);

}  // namespace s3dr::functions
