// SPDX-License-Identifier: MIT
// The client address of requests that arrive through proxies: X-Forwarded-For counts only from trusted ones.
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
const std::string kUntrusted = "127.0.0.2";  // also this machine, but not a trusted proxy
const std::string kAnn = "198.51.100.7";
const std::string kBob = "198.51.100.8";

/// Allows three requests of each client for the duration of a test.
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

  /// Sends a request with these values of X-Forwarded-For from that address.
  static int send_request(const LiveServer& server, const std::vector<std::string>& forwarded,
                          const std::string& from = kProxy) {
    std::vector<std::string> arguments{"--interface", from};
    for (const auto& value : forwarded)
      arguments.insert(arguments.end(), {"-H", "X-Forwarded-For: " + value});
    arguments.push_back(server.url("/api/auth/me"));
    return curl(arguments).status;
  }

  static constexpr int kCounted = 401;  // the request has no credentials
  static constexpr int kRefused = 429;

  /// Sends all requests that the limit allows.
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
  EXPECT_EQ(send_request(*server, {kAnn}, kUntrusted), kCounted) << "another address is another client";
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
    EXPECT_EQ(send_request(*server, {kAnn}, kUntrusted), kCounted);
  EXPECT_EQ(send_request(*server, {kAnn}, kUntrusted), kRefused);
  EXPECT_EQ(send_request(*server, {kBob}, kUntrusted), kRefused) << "another name does not help";
  EXPECT_EQ(send_request(*server, {kProxy}, kUntrusted), kRefused);
  EXPECT_THAT(server->log(), HasSubstr(" ms " + kUntrusted + "\n"));
  exhaust(*server, kAnn);  // her limit is still unused
}

TEST_F(Forwarded, ForIsReadFromTheRightAcrossTrustedProxies) {
  NEED_DIRECT_CONNECTION();
  const auto server = trusting({kProxy, "10.0.0.0/8"});
  // Addresses to the left of hers come from her own request, so she can forge them.
  EXPECT_EQ(send_request(*server, {"192.0.2.1, " + kAnn + ", 10.0.0.3"}), kCounted);
  EXPECT_EQ(send_request(*server, {"192.0.2.2", kAnn + ",10.1.2.3"}), kCounted)
      << "several fields are one list";
  EXPECT_EQ(send_request(*server, {"10.0.0.1, " + kAnn, "10.0.0.3, 10.0.0.4"}), kCounted);
  EXPECT_EQ(send_request(*server, {kAnn + ", 10.0.0.3"}), kRefused);
  EXPECT_EQ(send_request(*server, {kBob + ", " + kAnn}), kRefused);
  // Behind an untrusted address, that address counts.
  EXPECT_EQ(send_request(*server, {kAnn + ", 203.0.113.5, 10.0.0.3"}), kCounted);
  EXPECT_THAT(server->log(), HasSubstr(" ms 203.0.113.5\n"));
  // Proxies only: the outermost one counts.
  exhaust(*server, "10.0.0.3");
  EXPECT_EQ(send_request(*server, {"10.0.0.3, 10.0.0.4"}), kRefused);
  EXPECT_EQ(send_request(*server, {kBob}), kCounted);
}

TEST_F(Forwarded, ForDecidesExemption) {
  NEED_DIRECT_CONNECTION();
  const auto server = trusting({kProxy}, true);
  exhaust(*server, kAnn);
  EXPECT_EQ(send_request(*server, {kUntrusted + ", " + kAnn}), kRefused)
      << "a forged loopback address does not help";
  for (int count = 0; count < 2 * kPermitted; ++count) EXPECT_EQ(send_request(*server, {}), kCounted);
}

}  // namespace
}  // namespace convert::test
