#include "dr/messages/heartbeat.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace s3dr::dr {
namespace {

const Instant noon = *from_iso8601("2026-08-01T12:00:00Z");
const milliseconds minute{60'000};

SweepRound round(Instant at) {
  SweepRound result;
  result.program = "s3dr serve";
  result.version = "0.1.0";
  result.at = at;
  result.interval = 5 * minute;
  result.account = s3::AccountId::parse("111122223333");
  result.source_region = s3::Region::parse("us-west-2");
  result.destination_region = s3::Region::parse("us-east-2");
  result.source = result.destination = Contact{};
  return result;
}

SweepRound dead_source(Instant at) {
  SweepRound result = round(at);
  result.source = contact_of(Error(ErrorKind::unavailable, "nobody answers"));
  result.complete = false;
  return result;
}

TEST(Heartbeat, KeepsSinceWhenARegionDoesNotAnswerUntilItDoes) {
  Heartbeat beat = after_round(std::nullopt, round(noon));
  EXPECT_EQ(failure_text(beat.source, noon), "");
  EXPECT_EQ(beat.complete_at, noon);
  beat = after_round(beat, dead_source(noon + minute));
  beat = after_round(beat, dead_source(noon + 2 * minute));
  EXPECT_EQ(failure_text(beat.source, noon + 3 * minute),
            "us-west-2 unreachable since 12:01:00 UTC: unavailable: nobody answers");
  EXPECT_EQ(failure_text(beat.destination, noon), "");
  EXPECT_EQ(beat.source.answered, noon);
  EXPECT_EQ(beat.complete_at, noon) << "no round was complete since";
  EXPECT_EQ(beat.at, noon + 2 * minute);
  SweepRound not_asked = round(noon + 3 * minute);
  not_asked.source.reset();
  not_asked.is_over = false;
  beat = after_round(beat, not_asked);
  EXPECT_EQ(beat.source.failing_since, noon + minute) << "a stretch that did not ask knows no better";
  EXPECT_EQ(beat.complete_at, noon) << "the round goes on";
  beat = after_round(beat, round(noon + 4 * minute));
  EXPECT_EQ(failure_text(beat.source, noon), "");
  EXPECT_EQ(beat.complete_at, noon + 4 * minute);
}

TEST(Heartbeat, ARegionThatRefusesIsNotUnreachable) {
  SweepRound denied = round(noon);
  denied.source = contact_of(Error(ErrorKind::denied, "AccessDenied"));
  const Heartbeat beat = after_round(std::nullopt, denied);
  EXPECT_EQ(failure_text(beat.source, noon + 24 * 60 * minute),
            "us-west-2 refuses the sweep since 2026-08-01 12:00:00 UTC: denied: AccessDenied");
}

// The same kind as silence, and an answer.
TEST(Heartbeat, ARegionThatAnswersWithAnErrorIsNotUnreachable) {
  SweepRound busy = round(noon);
  busy.source =
      contact_of(Error(ErrorKind::unavailable, "busy").with_code("ServiceUnavailable").with_status(503));
  const Heartbeat beat = after_round(std::nullopt, busy);
  EXPECT_FALSE(beat.source.unreachable);
  EXPECT_TRUE(beat.source.failing_since);
}

TEST(Heartbeat, IsIncompleteWhenNoRoundHasSeenEverythingForThreeIntervals) {
  SweepRound partial = round(noon);
  partial.complete = false;
  Heartbeat beat = after_round(std::nullopt, partial);
  EXPECT_TRUE(is_incomplete(beat, noon));
  EXPECT_EQ(incomplete_text(beat, noon), "no sweep has seen every bucket yet");
  beat = after_round(beat, round(noon + minute));
  partial.at = noon + 16 * minute;
  beat = after_round(beat, partial);
  EXPECT_FALSE(is_stale(beat, noon + 16 * minute));
  EXPECT_FALSE(is_incomplete(beat, noon + 16 * minute));
  EXPECT_TRUE(is_incomplete(beat, noon + 16 * minute + milliseconds(1)));
  EXPECT_EQ(incomplete_text(beat, noon + 17 * minute), "no sweep has seen every bucket since 12:01:00 UTC");
}

TEST(Heartbeat, IsStaleAfterThreeIntervals) {
  Heartbeat beat = after_round(std::nullopt, round(noon));
  EXPECT_FALSE(is_stale(beat, noon + 15 * minute));
  EXPECT_TRUE(is_stale(beat, noon + 15 * minute + milliseconds(1)));
  beat.interval = milliseconds(1'000);  // a sweep takes time, too
  EXPECT_FALSE(is_stale(beat, noon + heartbeat_age_min));
  EXPECT_TRUE(is_stale(beat, noon + heartbeat_age_min + milliseconds(1)));
}

TEST(Heartbeat, ReadsWhatItWrites) {
  const Heartbeat well = after_round(std::nullopt, round(noon));
  EXPECT_EQ(parse_heartbeat(to_json(well)), well);
  const Heartbeat dead = after_round(well, dead_source(noon + minute));
  EXPECT_EQ(parse_heartbeat(to_json(dead)), dead);
}

ErrorKind kind_of(const std::string& text) {
  try {
    parse_heartbeat(text);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::cancelled;
}

// Half a character would make the whole document unreadable.
TEST(Heartbeat, ReadsWhatItWritesHoweverLongAStoreSpeaks) {
  for (const std::string& why :
       {std::string(1'023, 'x') + "é…", std::string("bytes \xff\xe2"), std::string(3'000, '\xe2')}) {
    SweepRound failing = round(noon);
    failing.source = Contact{ErrorKind::unavailable, why};
    const Heartbeat beat = after_round(std::nullopt, failing);
    EXPECT_FALSE(beat.source.why.empty());
    EXPECT_EQ(parse_heartbeat(to_json(beat)), beat);
  }
}

TEST(Heartbeat, RefusesWhatItDoesNotUnderstand) {
  const std::string good = to_json(after_round(std::nullopt, round(noon)));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  EXPECT_EQ(kind_of(with("\"format\":1", "\"format\":2")), ErrorKind::unsupported);
  EXPECT_EQ(kind_of(with("\"interval_ms\":300000", "\"interval_ms\":0")), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(with("\"unreachable\":false", "\"unreachable\":0")), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(with("\"account\"", "\"acount\"")), ErrorKind::corrupt);
  EXPECT_EQ(kind_of("{"), ErrorKind::corrupt);
  EXPECT_EQ(kind_of(std::string(heartbeat_bytes_max + 1, ' ')), ErrorKind::corrupt);
}

}  // namespace
}  // namespace s3dr::dr
