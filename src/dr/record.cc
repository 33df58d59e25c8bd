#include "dr/record.h"

#include <algorithm>
#include <iterator>

#include "aws/hash.h"
#include "base/error.h"
#include "base/utf8.h"

namespace s3dr::dr {
namespace {

constexpr State all_states[] = {
    State::pending,     State::replica_ready, State::backfilling, State::verifying,   State::protected_,
    State::paused,      State::degraded,      State::conflict,    State::source_gone, State::source_recreated,
    State::unprotected, State::unsupported,   State::unknown};
constexpr VerifyLevel all_levels[] = {VerifyLevel::listing, VerifyLevel::head, VerifyLevel::bytes};

bool is_proof(const std::optional<Verification>& run, std::int64_t generation) {
  return run && run->generation == generation && run->level >= VerifyLevel::head && run->differences == 0;
}

// Nothing more will come of it: a comparison decides from here on.
bool backfill_settled(const Record& record) {
  return record.backfill && record.backfill->generation == record.rule.generation &&
         (record.backfill->status == BackfillStatus::complete ||
          record.backfill->status == BackfillStatus::unavailable);
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::pending:
      return "pending";
    case State::replica_ready:
      return "replica_ready";
    case State::backfilling:
      return "backfilling";
    case State::verifying:
      return "verifying";
    case State::protected_:
      return "protected";
    case State::paused:
      return "paused";
    case State::degraded:
      return "degraded";
    case State::conflict:
      return "conflict";
    case State::source_gone:
      return "source_gone";
    case State::source_recreated:
      return "source_recreated";
    case State::unprotected:
      return "unprotected";
    case State::unsupported:
      return "unsupported";
    case State::unknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<State> parse_state(std::string_view text) {
  for (const State state : all_states) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

bool needs_a_person(State state) {
  switch (state) {
    case State::degraded:
    case State::conflict:
    case State::source_gone:
    case State::source_recreated:
    case State::unsupported:
      return true;
    default:
      return false;
  }
}

std::string_view to_string(VerifyLevel level) {
  switch (level) {
    case VerifyLevel::listing:
      return "listing";
    case VerifyLevel::head:
      return "head";
    case VerifyLevel::bytes:
      return "bytes";
  }
  return "listing";
}

std::optional<VerifyLevel> parse_verify_level(std::string_view text) {
  for (const VerifyLevel level : all_levels) {
    if (text == to_string(level)) return level;
  }
  return std::nullopt;
}

std::string_view to_string(Truth truth) {
  switch (truth) {
    case Truth::no:
      return "false";
    case Truth::yes:
      return "true";
    case Truth::unknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<Truth> parse_truth(std::string_view text) {
  for (const Truth truth : {Truth::no, Truth::yes, Truth::unknown}) {
    if (text == to_string(truth)) return truth;
  }
  return std::nullopt;
}

std::string protection_id(const s3::AccountId& account, const s3::Region& region,
                          const s3::BucketName& bucket, std::string_view nonce) {
  const std::string identity =
      account.text() + "/" + region.text() + "/" + bucket.text() + "/" + std::string(nonce);
  return aws::sha256_hex(identity).substr(0, 16);
}

std::string record_prefix(const s3::AccountId& account, const s3::Region& region) {
  return "records/" + account.text() + "/" + region.text() + "/";
}

std::string record_key(const s3::AccountId& account, const s3::Region& region, const s3::BucketName& bucket) {
  return record_prefix(account, region) + bucket.text() + ".json";
}

std::optional<s3::BucketName> bucket_of_record_key(std::string_view key) {
  constexpr std::string_view ending = ".json";
  if (!key.starts_with("records/") || !key.ends_with(ending)) return std::nullopt;
  const auto slash = key.rfind('/');
  std::string_view name = key.substr(slash + 1);
  if (name.size() <= ending.size()) return std::nullopt;
  name.remove_suffix(ending.size());
  if (s3::BucketName::why_impossible(name)) return std::nullopt;
  return s3::BucketName::parse(name);
}

std::string advice_for_unreadable(const s3::BucketName& control_bucket, const std::string& key) {
  return "the control bucket is versioned, so the record before is still there: aws s3api "
         "list-object-versions --bucket " +
         control_bucket.text() + " --prefix " + key + "; copy the last good version over it";
}

bool is_verified(const Record& record) {
  return record.state == State::protected_ && progress_state(record) == State::protected_;
}

const Verification* standing_difference(const Record& record) {
  if (!record.last_difference) return nullptr;
  const bool stands = !record.verified || record.last_difference->at >= record.verified->at;
  return stands ? &*record.last_difference : nullptr;
}

State progress_state(const Record& record) {
  if (record.claim == Claim::lost) return State::degraded;
  if (record.rule.state == RuleState::disabled) return State::paused;
  if (record.rule.state == RuleState::live) {
    const bool present = record.backfill && record.backfill->generation == record.rule.generation;
    if (present && record.backfill->status == BackfillStatus::exhausted) return State::degraded;
    if (!backfill_settled(record)) return State::backfilling;
    return is_proof(record.verified, record.rule.generation) ? State::protected_ : State::verifying;
  }
  return record.claim == Claim::established ? State::replica_ready : State::pending;
}

std::string reason_text(std::string_view reason) {
  return cut_text(reason, reason_bytes_max);
}

Record moved_to(Record record, State state, std::string_view reason, Instant now) {
  std::string text = reason_text(reason);
  record.changed = now;
  if (record.history.empty() || record.state != state || record.reason != text) {
    record.history.push_back({now, state, text});
    if (record.history.size() > history_max) {
      record.history.erase(record.history.begin(),
                           record.history.end() - static_cast<std::ptrdiff_t>(history_max));
    }
  }
  record.state = state;
  record.reason = std::move(text);
  return record;
}

namespace {

constexpr std::uint64_t collapse_from = 100;  // half of fewer versions is everyday life; nothing left is not

std::vector<LastCopy> bounded(std::vector<LastCopy> copies) {
  std::size_t bytes = 0, kept = 0;
  while (kept < copies.size() && kept < last_copies_max) {
    bytes += copies[kept].key.bytes().size();
    if (bytes > last_copies_bytes_max) break;
    ++kept;
  }
  copies.resize(kept);
  return copies;
}

std::vector<LastCopy> both(const std::vector<LastCopy>& before, const std::vector<LastCopy>& seen) {
  std::vector<LastCopy> result;
  const auto by_key = [](const LastCopy& a, const LastCopy& b) { return a.key < b.key; };
  // If a key is in both, what was remembered first stays.
  std::set_union(before.begin(), before.end(), seen.begin(), seen.end(), std::back_inserter(result), by_key);
  return result;
}

void remember(Record& record, const Verification& run, const VerificationMemory& memory) {
  const bool replace = run.differences == 0 || memory.accepts_losses;
  record.last_copies = bounded(replace ? memory.last_copies : both(record.last_copies, memory.last_copies));

  // Of a run that met none of those before nobody knows whether it saw the same bucket.
  if (memory.met_seen_versions || record.seen_versions.empty()) record.seen_versions = memory.seen_versions;

  if (memory.accepts_losses) record.collapse.reset();
  if (record.collapse && run.versions * 2 >= record.collapse->before) record.collapse.reset();
  const std::optional<Verification>& before =
      record.last_difference ? record.last_difference : record.verified;
  if (record.collapse || memory.accepts_losses || !before || before->prefix != run.prefix) return;
  const bool over_half = before->versions >= collapse_from && run.versions * 2 < before->versions;
  const bool all = before->versions > 0 && run.versions == 0;
  if (over_half || all) {
    record.collapse = Collapse{before->versions, run.versions, run.at, {}};
  }
}

}  // namespace

Record apply_verification(Record record, const Verification& run, const VerificationMemory& memory) {
  if (run.generation != record.rule.generation) return record;
  remember(record, run, memory);
  if (run.differences > 0) {
    record.last_difference = run;
    record.verified.reset();
    if (record.state == State::protected_ || record.state == State::verifying) {
      return moved_to(std::move(record), State::verifying,
                      "verification found " + std::to_string(run.differences) +
                          (run.differences == 1 ? " difference" : " differences"),
                      run.at);
    }
    record.changed = run.at;
    return record;
  }
  // A shallow run neither replaces a deeper proof nor clears what a deeper run found. If two run at once, the
  // one that began earlier clears nothing either: it may have passed the key before the difference was there.
  const auto& found = record.last_difference;
  if (found && run.level >= found->level && run.as_of >= found->as_of) record.last_difference.reset();
  const bool proof_kept = is_proof(record.verified, record.rule.generation) && run.level < VerifyLevel::head;
  if (!record.last_difference && !proof_kept) record.verified = run;
  if (is_proof(record.verified, record.rule.generation)) record.rule.by_status = 0;
  record.changed = run.at;
  const bool was_under_way = record.state == State::verifying || record.state == State::protected_;
  if (was_under_way && progress_state(record) == State::protected_) {
    return moved_to(std::move(record), State::protected_,
                    "verified at level " + std::string(to_string(run.level)), run.at);
  }
  return record;
}

bool may_write(const Record& record) {
  return record.min_writer <= writer_version;
}

Record with_instruction(Record record, Instruction instruction) {
  record.changed = instruction.at;
  record.instruction = std::move(instruction);
  return record;
}

}  // namespace s3dr::dr
