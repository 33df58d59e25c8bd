#include "dr/settings/settle.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"

namespace s3dr::dr {
namespace {

// A decision under construction.
struct Settling {
  const SettingQuestion& asked;
  SettingDecision decision = {};
  Transformed wanted = {};
  std::string print = {};  // of what is wanted

  const Setting& row() const { return asked.row; }
  std::string name() const { return std::string(row().name); }
  SettingRecord& next() { return decision.next; }
  const SettingDocument& present() const { return asked.replica.document; }
  bool is_accepted() const { return decision.next.accepted == print; }
};

std::string shown(const Settling& s, const SettingDocument& document) {
  return document ? s.row().summary(document) : std::string("not set");
}

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += (result.empty() ? "" : "; ") + text;
  return result;
}

void conclude(Settling& s, SettingStatus status, const std::string& message) {
  SettingRecord& next = s.next();
  const SettingRecord* known = s.asked.known;
  const bool is_same = known != nullptr && known->status == status && known->held == next.held;
  if (!is_same) next.since = s.asked.now;
  next.status = status;
  next.message = cut_text(message, setting_message_bytes_max);
}

// It waits, and a person may let it through.
void hold(Settling& s, SettingStatus status, const std::string& message) {
  s.next().held = s.print;
  // What waits for a failover is as it was: nobody has let the new one through.
  s.next().later = s.asked.known != nullptr ? s.asked.known->later : std::nullopt;
  conclude(s, status, message);
}

void write(Settling& s) {
  s.next().held.reset();
  if (s.asked.tried) {
    if (s.is_accepted()) s.next().held = s.print;
    conclude(s, SettingStatus::refused,
             s.asked.tried->empty() ? "written, but the store shows something else: " + shown(s, s.present())
                                    : *s.asked.tried);
    return;
  }
  s.decision.writes = true;
  s.decision.document = s.wanted.document;
  s.next().message =
      cut_text(shown(s, s.present()) + " becomes " + shown(s, s.wanted.document), setting_message_bytes_max);
}

std::string weaker_text(const Settling& s) {
  return "the source asks for what is weaker: " + shown(s, s.wanted.document) + "; the replica keeps " +
         shown(s, s.present());
}

void propose(Settling& s) {
  hold(s, SettingStatus::held,
       "proposed, because the replica was there before: " + shown(s, s.wanted.document) + " for " +
           shown(s, s.present()));
}

// Of these a document that is stricter in one part and weaker in another may delete data or let somebody in.
bool is_grave(s3::SettingKind kind) {
  using enum s3::SettingKind;
  return kind == lifecycle || kind == policy || kind == acl || kind == public_access_block;
}

// True: there is nothing to compare.
bool is_unseen(Settling& s) {
  const SettingSeen &source = s.asked.source, &replica = s.asked.replica;
  if (source.sight == SettingSeen::Sight::unknown) {
    conclude(s, SettingStatus::unknown, "the source's was not seen: " + source.why);
    return true;
  }
  if (source.sight == SettingSeen::Sight::unsupported) {
    s.next().held.reset();
    s.next().later.reset();
    conclude(s, SettingStatus::in_sync, "the source store has no " + s.name());
    return true;
  }
  if (replica.sight == SettingSeen::Sight::unknown) {
    conclude(s, SettingStatus::unknown, "the replica's was not seen: " + replica.why);
    return true;
  }
  if (replica.sight == SettingSeen::Sight::known) return false;
  s.next().held.reset();
  const bool has = source.document.has_value();
  conclude(s, has ? SettingStatus::left_out : SettingStatus::in_sync,
           "the destination store has no " + s.name() + (replica.why.empty() ? "" : ": " + replica.why));
  return true;
}

bool is_transformed(Settling& s) {
  try {
    s.wanted = s.row().transform(s.asked.context, s.asked.source.document);
  } catch (const Error& error) {
    conclude(s, SettingStatus::unknown, "the source's was not understood: " + std::string(error.what()));
    return false;
  }
  s.print = setting_print(s.wanted.document);
  return true;
}

void keep_for_failover(Settling& s) {
  SettingRecord& next = s.next();
  next.held.reset();
  next.accepted.reset();
  next.later = s.wanted.later ? s.wanted.later : s.wanted.document;
  const std::string left_out = joined(s.wanted.left_out);
  if (!next.later || next.later == s.present()) {
    next.later.reset();
    conclude(s, left_out.empty() ? SettingStatus::in_sync : SettingStatus::left_out, left_out);
    return;
  }
  conclude(s, left_out.empty() ? SettingStatus::on_failover : SettingStatus::left_out,
           "kept for a failover: " + shown(s, next.later) + (left_out.empty() ? "" : "; " + left_out));
}

void conclude_equal(Settling& s) {
  SettingRecord& next = s.next();
  next.written = s.print;
  next.held.reset();
  next.accepted.reset();
  const std::string left_out = joined(s.wanted.left_out);
  if (!left_out.empty()) return conclude(s, SettingStatus::left_out, left_out);
  if (next.later)
    return conclude(s, SettingStatus::on_failover, "a part is kept for a failover: " + shown(s, next.later));
  const std::string hints = joined(s.wanted.hints);
  conclude(s, SettingStatus::in_sync, shown(s, s.present()) + (hints.empty() ? "" : "; " + hints));
}

void follow_stricter(Settling& s, Strictness strictness) {
  SettingRecord& next = s.next();
  const SettingRecord* known = s.asked.known;
  const bool is_new_here = !next.written && !next.first && (known == nullptr || known->held == s.print);
  if (s.is_accepted() || s.asked.is_fresh) {
    if (s.is_accepted() || strictness == Strictness::stricter) return write(s);
  } else if (strictness == Strictness::stricter) {
    return is_new_here ? propose(s) : write(s);
  }
  if (strictness != Strictness::weaker) {
    next.held.reset();
    conclude(s, SettingStatus::in_sync,
             "the replica keeps " + shown(s, s.present()) + ", which is as strict as the source's");
    return;
  }
  // As it was when nobody had looked yet: no change that could be an attack. It is told, and kept for then.
  const bool was_never_seen = !next.written && !next.held && !next.first;
  if (was_never_seen) next.first = s.print;
  if (next.first != s.print) return hold(s, SettingStatus::held, weaker_text(s));
  hold(s, SettingStatus::on_failover, weaker_text(s) + " until a failover");
  next.later = s.wanted.document;
}

// A replica that was there before has data and readers that its owner counts on, also if nobody set anything: a release
// that clones settings deletes nothing of it, lets nobody in, and shuts nobody out.
void follow_first(Settling& s, Strictness strictness) {
  const bool is_free = !s.present() && strictness == Strictness::neutral;
  // If the store refuses it now, it may still be written when the replica is no longer new.
  if (s.asked.is_fresh) s.next().accepted = s.print;
  if (s.asked.is_fresh || is_free || s.is_accepted()) return write(s);
  if (strictness == Strictness::stricter) return propose(s);
  if (!s.present()) return hold(s, SettingStatus::held, weaker_text(s));
  hold(s, SettingStatus::held,
       "the replica has one of its own, " + shown(s, s.present()) + "; the source's is " +
           shown(s, s.wanted.document));
}

void follow_clone(Settling& s, Strictness strictness) {
  const SettingRecord& next = s.next();
  if (!next.written) return follow_first(s, strictness);
  if (s.is_accepted()) return write(s);
  const bool by_hand = setting_print(s.present()) != *next.written;
  const bool has_source_changed = next.written != s.print;
  if (by_hand && !s.asked.context.policy.repair) {
    return hold(s, SettingStatus::by_hand,
                "changed at the replica, and kept as asked for: " + shown(s, s.present()) + " for " +
                    shown(s, s.wanted.document));
  }
  if (strictness != Strictness::weaker) return write(s);
  if (has_source_changed) return hold(s, SettingStatus::held, weaker_text(s));
  // It was allowed once. Only what is stricter as a whole stays.
  const bool is_stricter = s.row().compare(s.wanted.document, s.present()) == Strictness::stricter;
  if (!is_stricter && !is_grave(s.row().kind)) return write(s);
  hold(s, SettingStatus::by_hand,
       "changed at the replica to what is stricter in a part, and kept: " + shown(s, s.present()) + " for " +
           shown(s, s.wanted.document));
}

void decide(Settling& s) {
  SettingRecord& next = s.next();
  if (s.decision.follow == Follow::ignore) {
    SettingRecord forgotten;  // whoever asks for it again starts anew
    forgotten.word = next.word;
    forgotten.since = next.since;
    forgotten.unknown = next.unknown;
    next = std::move(forgotten);
    return conclude(s, SettingStatus::ignored, "left alone, as asked for");
  }
  if (is_unseen(s) || !is_transformed(s)) return;
  if (s.decision.follow == Follow::on_failover) return keep_for_failover(s);
  next.later = s.wanted.later;
  // What cannot be had is no reason to take away what is there.
  const bool nothing_is_had =
      s.asked.source.document && !s.wanted.document && !s.wanted.left_out.empty() && !s.wanted.later;
  if (nothing_is_had) {
    next.held.reset();
    return conclude(s, SettingStatus::left_out, joined(s.wanted.left_out));
  }
  if (s.present() == s.wanted.document) return conclude_equal(s);
  if (!s.is_accepted()) next.accepted.reset();
  if (s.decision.follow == Follow::warn) {
    next.held.reset();
    return conclude(
        s, SettingStatus::warned,
        "different: " + shown(s, s.present()) + ", the source's is " + shown(s, s.wanted.document));
  }
  const Strictness strictness = s.row().compare(s.present(), s.wanted.document);
  if (s.row().cannot_be_undone && !s.asked.is_fresh && !s.is_accepted())
    return hold(s, SettingStatus::held,
                "it cannot be undone: " + shown(s, s.wanted.document) + " for " + shown(s, s.present()));
  if (s.decision.follow == Follow::stricter) return follow_stricter(s, strictness);
  follow_clone(s, strictness);
}

}  // namespace

bool is_written_alone(s3::SettingKind kind) {
  return kind != s3::SettingKind::policy;
}

Follow follow_of(const SettingsPolicy& policy, const Setting& row) {
  const auto asked = policy.follow.find(row.kind);
  return asked == policy.follow.end() ? row.follow : asked->second;
}

SettingDecision settle(const SettingQuestion& question) {
  Settling s{question};
  s.decision.kind = question.row.kind;
  s.decision.follow = follow_of(question.context.policy, question.row);
  if (question.known != nullptr) s.decision.next = *question.known;
  s.next().word = s3::to_string(question.row.kind);
  decide(s);
  return s.decision;
}

SettingsRecord with_decisions(SettingsRecord record, const std::vector<SettingDecision>& decisions,
                              Instant now) {
  std::vector<SettingRecord> kinds;
  for (const SettingDecision& decision : decisions) kinds.push_back(decision.next);
  for (SettingRecord& other : record.kinds) {
    if (std::ranges::find(kinds, other.word, &SettingRecord::word) == kinds.end() &&
        kinds.size() < setting_kinds_max)
      kinds.push_back(std::move(other));
  }
  std::size_t bytes = 0;
  for (SettingRecord& setting : kinds) {
    if (!setting.later) continue;
    bytes += setting.later->size();
    if (bytes <= setting_later_bytes_max) continue;
    bytes -= setting.later->size();
    setting.later.reset();
    setting.status = SettingStatus::left_out;
    setting.message = "too long to be kept for a failover: set it then";
  }
  record.kinds = std::move(kinds);
  record.checked = now;
  return record;
}

}  // namespace s3dr::dr
