// A request target is one form for all who touch it: what is written is parsed as the same address, what is
// signed is the same for the text and for the parameters in it.
#include "aws/request_target.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "aws/canonical_request.h"
#include "s3/request_path.h"

namespace s3dr {
namespace {

// Mostly what has a meaning in a target; any byte now and then.
rc::Gen<std::string> text() {
  return rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::elementOf(std::string("ab/?&=%+#. ~;")), rc::gen::arbitrary<char>()));
}

rc::Gen<aws::QueryParameters> parameters() {
  return rc::gen::container<aws::QueryParameters>(rc::gen::build<aws::QueryParameter>(
      rc::gen::set(&aws::QueryParameter::name, text()), rc::gen::set(&aws::QueryParameter::value, text())));
}

void check(const std::string& name, const std::function<void()>& property) {
  EXPECT_TRUE(rc::check(name, property));
}

TEST(RequestTarget, WhatIsWrittenIsParsedAsTheSameAddress) {
  check("by path", [] {
    const s3::RequestAddress address{"bucket", s3::ObjectKey(*text()), *parameters()};
    const std::string target = s3::object_target("/bucket", address.key, address.query);
    RC_ASSERT(s3::parse_request_address(target) == address);
  });
  check("by host", [] {
    const s3::RequestAddress address{"bucket", s3::ObjectKey(*text()), *parameters()};
    const std::string target = s3::object_target("", address.key, address.query);
    RC_ASSERT(s3::parse_request_address(target, "bucket") == address);
  });
}

TEST(RequestTarget, WhatIsSignedIsWhatIsSent) {
  check("query", [] {
    const aws::QueryParameters given = *parameters();
    const std::string target = aws::with_query("/b", given);
    const auto sent = aws::parse_query(aws::split_target(target).query);
    RC_ASSERT(sent.has_value());
    RC_ASSERT(aws::canonical_query(*sent) == aws::canonical_query(given));
  });
  check("path", [] {
    const std::string target = s3::object_target("/b", s3::ObjectKey(*text()));
    RC_ASSERT(aws::canonical_path(aws::split_target(target).path, aws::PathRule::s3) == target);
  });
}

// Any target that is accepted: written again, it is the same address, and the same text is signed for it.
TEST(RequestTarget, WhatIsParsedCanBeWritten) {
  check("target", [] {
    const auto some = [](std::vector<std::string> pieces) {
      std::string joined;
      for (const std::string& piece :
           *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::move(pieces))))
        joined += piece;
      return joined;
    };
    const std::string target = "/b/" + some({"a", "/", "%41", "%2F", ".", "~", "+"}) + "?" +
                               some({"a", "?", "&", "=", "&=", "%41", "%3D", "+"});
    const s3::RequestAddress address = s3::parse_request_address(target);
    const std::string written = s3::object_target("/b", address.key, address.query);
    RC_ASSERT(s3::parse_request_address(written) == address);
    RC_ASSERT(aws::canonical_query(*aws::parse_query(aws::split_target(target).query)) ==
              aws::canonical_query(*aws::parse_query(aws::split_target(written).query)));
  });
}

}  // namespace
}  // namespace s3dr
