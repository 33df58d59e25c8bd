// Changes that others make to a bucket's replication configuration, and what our own PUT may have lost of them.
// S3 has no conditional PUT: a rule that somebody writes between our last look and our PUT is overwritten. The event
// of that call has the document. It arrives late, twice, in no order, or never, and its time has whole seconds.
// So the record remembers a few of our PUTs and a few edits of others. A rule is lost when
// - an edit of others has it, in the time from our look to our PUT,
// - our PUT did not have it,
// - no later edit of others lacks it,
// - and a look after both does not find it.
// Nothing is put back by itself: a person does it (`s3dr rules restore`). Pure. Here: the values and every decision.
// Read and written by functions/replication_edits.h, stored by dr/record.h.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dr/policy.h"
#include "s3/names.h"
#include "s3/replication_configuration.h"

namespace s3dr::dr {

// A successful PutBucketReplication or DeleteBucketReplication, as its event tells of it. Whose it was is not asked:
// a controller may have a person's credentials. Our own is known by its content and its time.
struct ReplicationEdit {
  Instant at{};  // when the call was completed, by the store's clock; whole seconds
  std::string id,
      by;  // of the event; who called, as an ARN where there is one. At most edit_name_bytes_max each
  s3::ReplicationConfiguration configuration;  // empty: it was removed
};

// A PUT of ours.
struct OwnPut {
  Instant looked{};                  // when the last look before it began
  Instant answered{};                // when its answer was there
  std::string document;              // fingerprint of what was put
  std::vector<std::string> foreign;  // fingerprints of the rules of others in it; at most edit_rules_max
  std::string unknown;               // fields of a newer program, as a JSON object: kept
  bool operator==(const OwnPut&) const = default;
};

// An edit that was heard of. Whether it is ours is asked when it is judged: our own may be heard before it is noted.
struct HeardEdit {
  Instant at{};
  std::string id, by;
  std::string whole;               // fingerprint of the document as it was put
  std::vector<std::string> rules;  // fingerprints of the rules that are not ours; at most edit_rules_max
  std::string document;            // these rules and the role, as XML; empty: too large to be kept
  bool settled = false;            // nothing of it is lost, or a person knows
  std::string unknown;             // fields of a newer program, as a JSON object: kept
  bool operator==(const HeardEdit&) const = default;
};

// Rules of others that are not there after our PUT.
struct LostRules {
  Instant at{};                     // when they were written
  Instant put_at{};                 // when our PUT was answered
  Instant noticed{};                // when we knew
  std::string id, by;               // of the event
  std::vector<std::string> rules;   // their fingerprints
  std::string document;             // the rules and their role, as XML; empty: too large to be kept
  std::vector<std::string> undone;  // of rules that they had changed or removed, and our PUT brought back
  std::string unknown;              // fields of a newer program, as a JSON object: kept
  bool operator==(const LostRules&) const = default;
};

struct ReplicationEdits {
  std::vector<OwnPut> puts;      // newest last, at most own_puts_max
  std::vector<HeardEdit> heard;  // by time, at most heard_edits_max
  std::optional<LostRules> lost;
  // A PUT is about to follow. Until it is noted it may have happened: a function may die between the two.
  std::optional<Instant> put_may_follow;
  std::string unknown;  // fields of a newer program, as a JSON object: kept
  bool operator==(const ReplicationEdits&) const = default;
};

constexpr std::size_t own_puts_max = 4, heard_edits_max = 4, edit_rules_max = 100, edit_name_bytes_max = 256;
// Of one document, and of all that are heard together.
constexpr std::size_t edit_document_bytes_max = 10 * 1024;
// The store's own answer to a look may be that much behind (S3's bucket configurations are eventually consistent).
constexpr milliseconds look_behind_max{15'000};
// Between our clock and the store's. Only for knowing our own event again.
constexpr milliseconds clock_difference_max{60'000};

// A PUT of `configuration` by us.
OwnPut own_put(const Policy& policy, const s3::BucketName& source,
               const s3::ReplicationConfiguration& configuration, Instant looked, Instant answered);
ReplicationEdits with_own_put(ReplicationEdits edits, OwnPut put);
// Changes nothing for an edit that was heard before, and for one of ours that is noted.
ReplicationEdits with_edit(ReplicationEdits edits, const Policy& policy, const s3::BucketName& source,
                           const ReplicationEdit& edit);
// `present`: what a look found that began after `edits` were read. May be repeated: a second time changes nothing.
ReplicationEdits judged(ReplicationEdits edits, const Policy& policy, const s3::BucketName& source,
                        const s3::ReplicationConfiguration& present, Instant now);
// A person has put the lost rules back or does not want them.
ReplicationEdits settled(ReplicationEdits edits);

// The lost rules, for people; empty: the document was too large to be kept.
s3::ReplicationConfiguration lost_configuration(const LostRules& lost);
// "2 rules of others may be lost: …". One sentence, with the time and whose they were.
std::string lost_text(const LostRules& lost);
// The command that helps.
std::string lost_advice(const LostRules& lost, const s3::BucketName& source);

// The record's field and back. Raises corrupt. Null: nothing was ever noted.
boost::json::value json_of(const ReplicationEdits& edits);
ReplicationEdits parse_edits(const boost::json::value& value);

}  // namespace s3dr::dr
