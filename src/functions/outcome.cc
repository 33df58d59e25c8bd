#include "functions/outcome.h"

#include "dr/observed.h"

namespace s3dr::functions {

std::string_view to_string(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::done:
      return "done";
    case Outcome::Kind::nothing_to_do:
      return "nothing to do";
    case Outcome::Kind::look_again:
      return "look again";
    case Outcome::Kind::blocked:
      return "blocked";
  }
  return "blocked";
}

const s3::BucketName& bucket_of(const Outcome& outcome, const s3::BucketName& named) {
  return outcome.bucket.empty() ? named : outcome.bucket;
}

std::optional<dr::ConditionWord> condition_of(const Outcome& outcome) {
  if (outcome.for_a_person)
    return dr::ConditionWord{outcome.for_a_person->type, outcome.for_a_person->reason};
  if (outcome.kind == Outcome::Kind::blocked) return dr::condition_of(outcome.error);
  if (outcome.rules_lost)
    return dr::ConditionWord{dr::ConditionType::rules_lost, std::string(dr::reason::overwritten)};
  return std::nullopt;
}

std::optional<dr::ConditionWord> condition_of(ErrorKind failure) {
  if (dr::is_transient(failure)) return std::nullopt;
  return dr::condition_of(failure);
}

std::vector<LogField> fields_of(const dr::ConditionWord& word) {
  return {{"condition", std::string(to_string(word.type))}, {"reason", word.reason}};
}

}  // namespace s3dr::functions
