// The name and the mark of a replica bucket. A bucket is a replica because our record or our tag says so,
// never because of its name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dr/policy.h"
#include "dr/record.h"
#include "s3/names.h"
#include "s3/tag.h"

namespace s3dr::dr {

// Always a name that can be made today, whatever the source is called. Deterministic.
// Ordinal 1: the template with the bucket's name. If that is over 63 characters or no name for a new bucket
// ("My_Legacy_Bucket-dr"), and for every later ordinal: "<prefix of the name>-<hash8>-dr". The prefix is in lower
// case, with hyphens for what is not allowed. The hash covers account, region, the full name and the ordinal, so
// two sources never share a replica. It covers the protection's name, too, unless that is "default".
// With replica_namespace account-regional the destination's ending follows: "ledger-dr-444455556666-us-east-2-an".
s3::BucketName replica_name(const Policy& policy, const s3::BucketName& source, std::int64_t ordinal = 1);

// The tag on a replica bucket: key "s3dr:replica-of", value "<account>/<region>/<source bucket>". A tag holds 256
// characters: of a name too long for that, its SHA-256.
constexpr std::string_view replica_mark_key = "s3dr:replica-of";
s3::Tag replica_mark(const Policy& policy, const s3::BucketName& source);
// True: marked as the replica of any bucket. Such a bucket is never a source.
bool is_marked_replica(const s3::TagSet& tags);

// And back: the source that the mark names, if it is one of this policy's; else nullopt.
std::optional<s3::BucketName> source_of_mark(const Policy& policy, const s3::TagSet& tags);
// The source to which the template gives this name; nullopt: none. A guess: only the record makes it certain.
std::optional<s3::BucketName> source_of_replica_name(const Policy& policy, const s3::BucketName& replica);

// The name to look at for this source. First the instruction's, then the record's, then the template's.
s3::BucketName replica_candidate(const Policy& policy, const s3::BucketName& source, const Record* record);

}  // namespace s3dr::dr
