// SPDX-License-Identifier: MIT
#include "net/support/digest.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>

namespace convert::net {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Digest, AgreesWithPublishedValues) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256Digest parts;
  parts.add(bytes_of("a"));
  parts.add(bytes_of("bc"));
  EXPECT_EQ(parts.finish(), sha256("abc"));
  // RFC 4231, test case 2.
  EXPECT_EQ(hex(hmac_sha256(bytes_of("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(md5(bytes_of("abc"))), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Digest, EncodesBase64) {
  // RFC 4648, section 10.
  EXPECT_EQ(base64(bytes_of("")), "");
  EXPECT_EQ(base64(bytes_of("f")), "Zg==");
  EXPECT_EQ(base64(bytes_of("fo")), "Zm8=");
  EXPECT_EQ(base64(bytes_of("foobar")), "Zm9vYmFy");
}

}  // namespace
}  // namespace convert::net
