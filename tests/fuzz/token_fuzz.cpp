// SPDX-License-Identifier: MIT
// Untrusted tokens: a token is rejected, or equals one that this server makes.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_support.hpp"
#include "security/access_token.hpp"
#include "security/crypto.hpp"

namespace {

using namespace convert::server;
using namespace convert::server::security;
using convert::fuzz::fail;

const convert::Time now{std::chrono::seconds(1'790'000'000)};

const KeyRing& ring() {
  static const KeyRing made = [] {
    return std::move(
               KeyRing::make({Secret{"a", std::string(32, 'k'), {}}, Secret{"b", std::string(40, 's'), now}}))
        .value();
  }();
  return made;
}

void check(std::string_view token) {
  const auto claims = verify_token(token, ring(), now);
  if (!claims) {
    convert::fuzz::check_refusal(claims.error());
    return;
  }
  if (claims->expires <= now) fail("an expired token");
  if (make_token(*claims, ring()) != token) fail("a token that this server does not make");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = convert::fuzz::text_of(data, size);
  const std::uint8_t kind = convert::fuzz::take_byte(text);
  check(text);
  // A good one, of which one byte is another.
  std::string token = make_token({"account", 3, now, now + std::chrono::hours(1)}, ring());
  if (!verify_token(token, ring(), now)) fail("a valid token was rejected");
  if (text.empty()) return 0;
  const std::size_t at = (kind * std::size_t{256} + static_cast<std::uint8_t>(text[0])) % token.size();
  const char other = text.size() > 1 ? text[1] : '.';
  const bool same = token[at] == other;
  token[at] = other;
  if (!same && verify_token(token, ring(), now)) fail("a changed token was accepted");
  check(token);
  return 0;
}
