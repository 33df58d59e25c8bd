// The door of the services beside S3: nothing of a stranger's body is taken in.
#include "cloud/door/service_door.h"

#include <algorithm>

#include "unit/cloud/services/lambda/lambda_fixture.h"

namespace s3dr::services {
namespace {

// A body of that many bytes that counts how many of them are asked for.
class CountedBody : public BodyReader {
 public:
  CountedBody(std::uint64_t bytes, std::uint64_t& read) : left_(bytes), read_(read) {}
  Task<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), left_);
    std::fill_n(buffer.begin(), count, 'x');
    left_ -= count;
    read_ += count;
    co_return count;
  }

 private:
  std::uint64_t left_;
  std::uint64_t& read_;
};

class ServiceDoorTest : public LambdaTest {
 protected:
  static constexpr std::uint64_t large = 70'000'000;

  // CreateFunction of so many bytes, signed by somebody; `spoil` is done to its head.
  cloud::Reply upload(const cloud::Account& account, std::uint64_t bytes,
                      const std::function<void(HttpRequest&)>& spoil = {}) {
    cloud::Call call{"POST", "/2015-03-31/functions", "{}"};
    call.headers.set("Content-Type", "application/json");
    call.account = account;
    HttpRequest request = sign(call, "us-west-2", "lambda");
    if (spoil) spoil(request);
    taken = 0;
    request.body = Body(std::make_unique<CountedBody>(bytes, taken), bytes);
    return send(west(), std::move(request));
  }
  std::uint64_t taken = 0;
};

TEST_F(ServiceDoorTest, AnUnknownKeyIsRefusedBeforeItsBody) {
  const cloud::Account nobody{cloud::alice.id, "AKIDNOBODY", "guessed"};
  const cloud::Reply reply = upload(nobody, large);
  EXPECT_EQ(reply.status, 403) << reply.body;
  EXPECT_EQ(type_of(reply), "UnrecognizedClientException");
  EXPECT_EQ(taken, 0U);
}

TEST_F(ServiceDoorTest, AClaimThatCannotBeReadIsRefusedBeforeItsBody) {
  const cloud::Reply reply = upload(cloud::alice, large, [](HttpRequest& request) {
    request.headers.set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDALICE/lambda");
  });
  EXPECT_GE(reply.status, 400) << reply.body;
  EXPECT_EQ(taken, 0U);
}

TEST_F(ServiceDoorTest, AKnownKeysBodyIsReadAndVerified) {
  const cloud::Reply reply = upload(cloud::alice, 1'000);
  EXPECT_GE(reply.status, 400) << reply.body;
  EXPECT_EQ(taken, 1'000U);
  EXPECT_EQ(upload(cloud::alice, large + 1'000'000).status, 400) << "more than the service takes";
  EXPECT_LE(taken, large + 1'000'000);
}

}  // namespace
}  // namespace s3dr::services
