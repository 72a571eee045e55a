// SPDX-License-Identifier: MIT
// Whom a request counts for that comes through proxies: who X-Forwarded-For names, where that is to be
// believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "http/support/curl_client.hpp"
#include "http/support/live_server.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;

const std::string kProxy = "127.0.0.1";
const std::string kStranger = "127.0.0.2";  // also this machine, but nobody whom the server trusts
const std::string kAnn = "198.51.100.7";
const std::string kBob = "198.51.100.8";

/// Three requests of each client may come, and no more within any test.
class Forwarded : public testing::Test {
 protected:
  static constexpr int kPermitted = 3;

  static std::unique_ptr<LiveServer> trusting(std::vector<std::string> proxies, bool exempts = false) {
    return std::make_unique<LiveServer>([&](LiveSettings& settings) {
      settings.server.trusted_proxies = std::move(proxies);
      if (!exempts) settings.server.exempt_networks.clear();
      settings.server.rate_limits.per_address = {kPermitted, std::chrono::hours(24), kPermitted};
      settings.starts_engine = false;
    });
  }

  /// A request with these values of X-Forwarded-For, from that address.
  static int send_request(const LiveServer& server, const std::vector<std::string>& forwarded,
                          const std::string& from = kProxy) {
    std::vector<std::string> arguments{"--interface", from};
    for (const auto& value : forwarded)
      arguments.insert(arguments.end(), {"-H", "X-Forwarded-For: " + value});
    arguments.push_back(server.url("/api/auth/me"));
    return curl(arguments).status;
  }

  static constexpr int kCounted = 401;  // who asks has said nothing of himself
  static constexpr int kRefused = 429;

  /// All that may come.
  static void exhaust(const LiveServer& server, const std::string& client) {
    for (int count = 0; count < kPermitted; ++count)
      EXPECT_EQ(send_request(server, {client}), kCounted) << count;
    EXPECT_EQ(send_request(server, {client}), kRefused);
  }
};

TEST_F(Forwarded, ForIsIgnoredWithoutTrustedProxies) {
  NEED_DIRECT_CONNECTION();
  const auto server = trusting({});
  for (int count = 0; count < kPermitted; ++count)
    EXPECT_EQ(send_request(*server, {"192.0.2." + std::to_string(count)}), kCounted);
  EXPECT_EQ(send_request(*server, {kAnn}), kRefused);
  EXPECT_EQ(send_request(*server, {}), kRefused);
  EXPECT_EQ(send_request(*server, {kAnn}, kStranger), kCounted) << "who comes from elsewhere is another";
}

TEST_F(Forwarded, ForIdentifiesTheClientOfATrustedProxy) {
  NEED_DIRECT_CONNECTION();
  const auto server = trusting({kProxy});
  exhaust(*server, kAnn);
  exhaust(*server, kBob);
  EXPECT_THAT(server->log(), HasSubstr(" ms " + kAnn + "\n"));
  EXPECT_EQ(send_request(*server, {kAnn + ":4711"}), kRefused) << "with the port that some proxies add";
  EXPECT_EQ(send_request(*server, {}), kCounted) << "the proxy itself";
  exhaust(*server, "2001:db8:0:1::1");
  EXPECT_EQ(send_request(*server, {"2001:db8:0:1::2"}), kRefused) << "one subscriber";
  EXPECT_EQ(send_request(*server, {"2001:db8:0:2::1"}), kCounted);
}

TEST_F(Forwarded, ForOfAnUntrustedAddressIsIgnored) {
  NEED_DIRECT_CONNECTION();
  const auto server = trusting({kProxy});
  for (int count = 0; count < kPermitted; ++count)
    EXPECT_EQ(send_request(*server, {kAnn}, kStranger), kCounted);
  EXPECT_EQ(send_request(*server, {kAnn}, kStranger), kRefused);
  EXPECT_EQ(send_request(*server, {kBob}, kStranger), kRefused) << "another name does not help";
  EXPECT_EQ(send_request(*server, {kProxy}, kStranger), kRefused);
  EXPECT_THAT(server->log(), HasSubstr(" ms " + kStranger + "\n"));
  exhaust(*server, kAnn);  // nobody has used up what is hers
}

TEST_F(Forwarded, ForIsReadFromTheRightAcrossTrustedProxies) {
  NEED_DIRECT_CONNECTION();
  const auto server = trusting({kProxy, "10.0.0.0/8"});
  // What stands to the left of her was in the request that the first proxy got: she can write what she likes.
  EXPECT_EQ(send_request(*server, {"192.0.2.1, " + kAnn + ", 10.0.0.3"}), kCounted);
  EXPECT_EQ(send_request(*server, {"192.0.2.2", kAnn + ",10.1.2.3"}), kCounted)
      << "several fields are one list";
  EXPECT_EQ(send_request(*server, {"10.0.0.1, " + kAnn, "10.0.0.3, 10.0.0.4"}), kCounted);
  EXPECT_EQ(send_request(*server, {kAnn + ", 10.0.0.3"}), kRefused);
  EXPECT_EQ(send_request(*server, {kBob + ", " + kAnn}), kRefused);
  // Behind somebody who is not trusted it is him.
  EXPECT_EQ(send_request(*server, {kAnn + ", 203.0.113.5, 10.0.0.3"}), kCounted);
  EXPECT_THAT(server->log(), HasSubstr(" ms 203.0.113.5\n"));
  // Proxies only: the outermost of them asks.
  exhaust(*server, "10.0.0.3");
  EXPECT_EQ(send_request(*server, {"10.0.0.3, 10.0.0.4"}), kRefused);
  EXPECT_EQ(send_request(*server, {kBob}), kCounted);
}

TEST_F(Forwarded, ForDecidesExemption) {
  NEED_DIRECT_CONNECTION();
  const auto server = trusting({kProxy}, true);
  exhaust(*server, kAnn);
  EXPECT_EQ(send_request(*server, {kStranger + ", " + kAnn}), kRefused) << "this machine, she says";
  for (int count = 0; count < 2 * kPermitted; ++count) EXPECT_EQ(send_request(*server, {}), kCounted);
}

}  // namespace
}  // namespace convert::test
