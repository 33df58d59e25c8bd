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

namespace {

std::string blocked_by(ErrorKind kind) {
  const bool named = kind == ErrorKind::denied || kind == ErrorKind::invalid || kind == ErrorKind::corrupt;
  return named ? std::string(to_string(kind)) : "blocked";
}

}  // namespace

std::string condition_of(const Outcome& outcome) {
  if (dr::needs_a_person(outcome.state)) return std::string(dr::to_string(outcome.state));
  if (outcome.kind != Outcome::Kind::blocked) return outcome.rules_lost ? "rules_lost" : "";
  return outcome.error ? blocked_by(*outcome.error) : "blocked";
}

std::string condition_of(ErrorKind failure) {
  return dr::is_transient(failure) ? "" : blocked_by(failure);
}

}  // namespace s3dr::functions
