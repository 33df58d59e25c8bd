#include "control/work_queue.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>

#include "base/cleanup.h"
#include "base/error.h"

namespace s3dr::control {
namespace {

functions::Outcome unexpected(const std::string& why) {
  functions::Outcome outcome;
  outcome.kind = functions::Outcome::Kind::look_again;
  outcome.error = ErrorKind::unavailable;
  outcome.why = why;
  return outcome;
}

}  // namespace

WorkQueue::WorkQueue(boost::asio::any_io_executor executor, std::string name, WorkQueueOptions options,
                     Work work, Clock& clock, Random& random, Log& log)
    : name_(std::move(name)),
      options_(options),
      work_(std::move(work)),
      clock_(clock),
      random_(random),
      log_(log),
      changed_(executor),
      executor_(std::move(executor)) {}

Task<> WorkQueue::publish(std::string text) {
  dr::Message message = dr::parse_message(text);
  const Subject subject{message.bucket, message.protection};
  const auto found = entries_.find(subject);
  if (found == entries_.end()) {
    if (entries_.size() >= options_.buckets_max) {
      log_.warning("queue full, message refused", {{"queue", name_}, {"bucket", message.bucket.text()}});
      throw Error(ErrorKind::throttled, "the queue " + name_ + " is full")
          .with_resource(s3::bucket_url(message.bucket));
    }
    Entry entry;
    entry.due = clock_.uptime();
    entry.message = std::move(message);
    entries_.emplace(subject, std::move(entry));
  } else {
    Entry& entry = found->second;
    entry.message = dr::merged(std::move(message), entry.message);
    if (entry.running) {
      entry.again = true;
    } else if (entry.pace.failures() == 0) {
      entry.due = std::min(entry.due, clock_.uptime());  // new message: look now, unless a failure backs off
    }
  }
  changed_.notify();
  co_return;
}

Task<> WorkQueue::run() {
  TaskGroup group(executor_);
  TaskGroup* tasks = &group;
  co_await with_clean_up(dispatch(group), [tasks] { return tasks->cancel_and_join(); });
}

Task<> WorkQueue::dispatch(TaskGroup& group) {
  while (true) {
    const milliseconds now = clock_.uptime();
    std::optional<milliseconds> next;
    std::vector<Subject> due;
    for (auto at = entries_.begin(); at != entries_.end();) {
      // Of the protections of one bucket: the one that has waited longest, if none of them is being worked on.
      const s3::BucketName& bucket = at->first.bucket;
      auto first = at;
      bool running = false;
      for (; at != entries_.end() && at->first.bucket == bucket; ++at) {
        running = running || at->second.running;
        if (at->second.due < first->second.due) first = at;
      }
      if (running) continue;
      if (first->second.due > now) {
        next = std::min(next.value_or(first->second.due), first->second.due);
      } else if (running_ < options_.concurrency_max) {
        first->second.running = true;
        ++running_;
        due.push_back(first->first);
      }
    }
    // Work that never suspends ends within spawn() and takes its entry out of the map.
    for (const Subject& subject : due) group.spawn(work_on(subject));
    if (next) *next -= now;
    co_await changed_.wait(clock_, next);
  }
}

Task<> WorkQueue::work_on(Subject subject) {
  const dr::Message message = entries_.at(subject).message;
  std::optional<functions::Outcome> outcome;
  std::exception_ptr cancelled;
  try {
    outcome = co_await work_(message);
  } catch (const std::exception& failure) {
    if (is_cancellation(std::current_exception())) {
      cancelled = std::current_exception();
    } else {
      outcome = unexpected(failure.what());
    }
  }
  --running_;
  ++handled_;
  Entry& entry = entries_.at(subject);
  entry.running = false;
  if (cancelled) std::rethrow_exception(cancelled);
  settle(entry, *outcome);
  changed_.notify();
}

void WorkQueue::settle(Entry& entry, const functions::Outcome& outcome) {
  using Kind = functions::Outcome::Kind;
  const s3::BucketName bucket = entry.message.bucket;
  const Subject subject{bucket, entry.message.protection};
  std::vector<LogField> fields = {{"queue", name_},
                                  {"bucket", functions::bucket_of(outcome, bucket).text()},
                                  {"outcome", std::string(to_string(outcome.kind))},
                                  {"state", std::string(dr::to_string(outcome.state))},
                                  {"writes", std::to_string(outcome.writes)},
                                  {"why", outcome.why}};
  const auto condition = functions::condition_of(outcome);
  if (condition) std::ranges::copy(functions::fields_of(*condition), std::back_inserter(fields));
  if (subject.protection != dr::default_protection_name) fields.push_back({"protection", subject.protection});
  const bool again = std::exchange(entry.again, false);
  if (outcome.kind == Kind::look_again) {
    if (outcome.error) {
      log_.warning("will try again", fields);
      if (entry.pace.failures() + 1 >= options_.attempts_max) {
        bury(entry, outcome.why);
        entries_.erase(subject);
        return;
      }
    } else {
      log_.debug("will look again", fields);
    }
    const functions::PaceOptions pace{options_.retry_base, options_.retry_cap, options_.look_base};
    entry.due = clock_.uptime() + entry.pace.wait_after(outcome, pace, random_);
    if (again && !outcome.error) entry.due = clock_.uptime();
    return;
  }
  // A conflict that was written into the record ends as done, and still a person must act.
  if (condition.has_value()) {
    log_.warning("blocked", fields);
  } else if (outcome.writes > 0) {
    log_.info("done", fields);
  } else {
    log_.debug("nothing to do", fields);
  }
  if (again) {
    entry.due = clock_.uptime();
    entry.pace.forget_failures();
  } else {
    entries_.erase(subject);
  }
}

void WorkQueue::bury(const Entry& entry, const std::string& why) {
  log_.error("gave up for now, the sweep will look again",
             {{"queue", name_}, {"bucket", entry.message.bucket.text()}, {"why", why}});
  if (dead_letters_.size() >= options_.dead_letters_max) {
    log_.warning("oldest dead letter dropped",
                 {{"queue", name_}, {"bucket", dead_letters_.front().message.bucket.text()}});
    dead_letters_.pop_front();
  }
  dead_letters_.push_back({entry.message, why, clock_.now()});
}

bool WorkQueue::idle() const {
  const milliseconds now = clock_.uptime();
  return std::none_of(entries_.begin(), entries_.end(),
                      [&](const auto& item) { return item.second.running || item.second.due <= now; });
}

}  // namespace s3dr::control
