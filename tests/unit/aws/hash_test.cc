#include "aws/hash.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace s3dr::aws {
namespace {

TEST(Hash, KnownDigests) {
  EXPECT_EQ(to_hex(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), empty_sha256_hex);
}

// RFC 4231, cases 1, 2, 6 (a key longer than a block).
TEST(Hash, HmacOfTheRfc) {
  EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hasher, PiecesMovesAndReuse) {
  Hasher first(HashAlgorithm::sha256);
  first.update("a");
  Hasher moved = std::move(first);
  moved.update("bc");
  // A one-shot digest in between does not disturb it.
  EXPECT_EQ(sha256_hex(""), empty_sha256_hex);
  EXPECT_EQ(moved.finish(), sha256("abc"));
  moved.update("abc");
  EXPECT_EQ(moved.finish(), sha256("abc"));
}

}  // namespace
}  // namespace s3dr::aws
