#include "base/body.h"

#include <gtest/gtest.h>

#include <array>

#include "base/error.h"
#include "support/run_task.h"

namespace s3dr {
namespace {

// Hands out a text in pieces of one size, to show that short reads are not the end.
class Trickle : public BodyReader {
 public:
  Trickle(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min({buffer.size(), piece_, text_.size() - position_});
    text_.copy(buffer.data(), count, position_);
    position_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t position_ = 0;
};

class Broken : public BodyReader {
 public:
  Task<std::size_t> read(std::span<char>) override {
    throw Error(ErrorKind::unavailable, "the peer went away");
  }
};

Body stream_of(const std::string& text, std::optional<std::uint64_t> length = std::nullopt) {
  return Body(std::make_unique<Trickle>(text, 3), length);
}

ErrorKind kind_of_read_all(Body body, std::size_t bytes_max) {
  try {
    test::run(body.read_all(bytes_max));
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::cancelled;
}

TEST(BodyTest, TextKnowsItsLength) {
  EXPECT_EQ(Body().length(), 0u);
  EXPECT_EQ(Body(std::string("abc")).length(), 3u);
  EXPECT_EQ(Body(std::string("abc")).text(), "abc");
  EXPECT_FALSE(Body(std::string("abc")).is_stream());
}

TEST(BodyTest, StreamTellsTheLengthItWasGiven) {
  EXPECT_EQ(stream_of("abcdef").length(), std::nullopt);
  EXPECT_EQ(stream_of("abcdef", 6).length(), 6u);
  EXPECT_TRUE(stream_of("abcdef").is_stream());
}

TEST(BodyTest, ReadAllCollectsShortReads) {
  Body body = stream_of("abcdefgh");
  EXPECT_EQ(test::run(body.read_all(8)), "abcdefgh");
  EXPECT_EQ(body.length(), 0u);
  Body text(std::string("abc"));
  EXPECT_EQ(test::run(text.read_all(3)), "abc");
  EXPECT_EQ(text.length(), 0u);
}

TEST(BodyTest, ReadAllRefusesOneByteTooMany) {
  EXPECT_EQ(kind_of_read_all(stream_of("abcdefgh"), 7), ErrorKind::invalid);
  EXPECT_EQ(kind_of_read_all(stream_of("a"), 0), ErrorKind::invalid);
  EXPECT_EQ(kind_of_read_all(Body(std::string("abcd")), 3), ErrorKind::invalid);
}

TEST(BodyTest, ReadAllPassesTheReadersErrorOn) {
  EXPECT_EQ(kind_of_read_all(Body(std::make_unique<Broken>(), 5), 100), ErrorKind::unavailable);
}

TEST(BodyTest, TakeReaderEmptiesTheBody) {
  Body body(std::string("abcdef"));
  const auto reader = body.take_reader();
  EXPECT_EQ(body.length(), 0u);
  EXPECT_EQ(body.text(), "");
  std::array<char, 4> buffer{};
  EXPECT_EQ(test::run(reader->read(buffer)), 4u);
  EXPECT_EQ(std::string_view(buffer.data(), 4), "abcd");
  EXPECT_EQ(test::run(reader->read(buffer)), 2u);
  EXPECT_EQ(std::string_view(buffer.data(), 2), "ef");
  EXPECT_EQ(test::run(reader->read(buffer)), 0u);
}

TEST(BodyTest, LargeStreamsPassWhole) {
  std::string large;
  for (int i = 0; i < 300'000; ++i) large += static_cast<char>(i % 251);
  Body body(std::make_unique<Trickle>(large, 70'001), large.size());
  EXPECT_EQ(test::run(body.read_all(large.size())), large);
}

TEST(BodyDeathTest, AStreamHasNoText) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(stream_of("abc").text()), "broken invariant");
}

}  // namespace
}  // namespace s3dr
