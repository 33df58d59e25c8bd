#include "app/named_transport.h"

#include <gtest/gtest.h>

#include "client/endpoints.h"

namespace s3dr::app {
namespace {

Config config() {
  Config result;
  result.source.region = s3::Region::parse("us-west-2");
  result.destination.region = s3::Region::parse("us-east-2");
  result.protections = {{result.destination, {}}};
  return result;
}

TEST(NamedTransport, a_host_tells_the_side) {
  Config own = config();
  own.endpoints.set(own.source.region, Endpoint::parse("http://127.0.0.1:9101"));
  own.endpoints.set(own.destination.region, Endpoint::parse("https://store.example.org"));
  EXPECT_EQ(side_at(own, Endpoint::parse("http://127.0.0.1:9101")), "the source, us-west-2");
  EXPECT_EQ(side_at(own, Endpoint::parse("http://127.0.0.1:9102")), "");
  EXPECT_EQ(side_at(own, Endpoint::parse("https://photos.store.example.org")), "the destination, us-east-2");
  own.endpoints.set(own.source.region, Endpoint::parse("https://store.example.org"));
  EXPECT_EQ(side_at(own, Endpoint::parse("https://store.example.org")), "both sides");
}

TEST(NamedTransport, aws_hosts_tell_it_by_their_region) {
  EXPECT_EQ(side_at(config(), Endpoint::parse("https://photos.s3.us-east-2.amazonaws.com")),
            "the destination, us-east-2");
  EXPECT_EQ(side_at(config(), Endpoint::parse("https://lambda.us-west-2.amazonaws.com")),
            "the source, us-west-2");
  EXPECT_EQ(side_at(config(), Endpoint::parse("https://s3.eu-west-1.amazonaws.com")), "");
}

}  // namespace
}  // namespace s3dr::app
