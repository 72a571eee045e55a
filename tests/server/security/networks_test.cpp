// SPDX-License-Identifier: MIT
#include "security/networks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convert::server::security {
namespace {

using testing::HasSubstr;

NetworkList networks(const std::vector<std::string>& texts) { return NetworkList::parse(texts).value(); }

TEST(IpAddressTest, ParsesAndFormats) {
  const std::pair<const char*, const char*> rows[] = {{"192.0.2.1", "192.0.2.1"},
                                                      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
                                                      {"[2001:db8::1]", "2001:db8::1"},
                                                      {"fe80::1%eth0", "fe80::1"},
                                                      {"::ffff:192.0.2.1", "192.0.2.1"},
                                                      {"::ffff:c000:201", "192.0.2.1"},
                                                      {"::1", "::1"},
                                                      {"::", "::"},
                                                      {"0.0.0.0", "0.0.0.0"}};
  for (const auto& [text, expected] : rows) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), expected);
  }
  for (const std::string text :
       {"", "localhost", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4:80", "[1.2.3.4]:80",
        ":::", "2001:db8::1::", "1.2.3.4 ", " ::1", "[::1", "::1]", "12345::", "unknown"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddressTest, GroupsAddressesByPrefix) {
  EXPECT_EQ(subscriber_prefix("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(subscriber_prefix("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(subscriber_prefix("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(subscriber_prefix("2001:db8:1:2::"), subscriber_prefix("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(subscriber_prefix("2001:db8:1:2::"), subscriber_prefix("2001:db8:1:3::"));
  EXPECT_EQ(subscriber_prefix("/run/convertd.socket"), "/run/convertd.socket");
}

TEST(NetworkListTest, ContainsItsAddresses) {
  const auto list = networks({"10.0.0.0/8", "192.0.2.128/25", "192.0.2.7", "2001:db8::/33", "::1/128"});
  for (const std::string inside : {"10.0.0.0", "10.255.255.255", "192.0.2.128", "192.0.2.255", "192.0.2.7",
                                   "2001:db8:7fff::1", "::1", "::ffff:10.1.2.3"}) {
    EXPECT_TRUE(list.contains(inside)) << inside;
  }
  for (const std::string outside : {"9.255.255.255", "11.0.0.0", "192.0.2.127", "192.0.2.8",
                                    "2001:db8:8000::", "2001:db7::", "::2", "::a00:1", "", "unknown"}) {
    EXPECT_FALSE(list.contains(outside)) << outside;
  }
  const auto all = networks({"0.0.0.0/0"});
  EXPECT_TRUE(all.contains("203.0.113.9"));
  EXPECT_FALSE(all.contains("2001:db8::1")) << "IPv4's whole is not IPv6's";
  EXPECT_TRUE(networks({"::/0"}).contains("2001:db8::1"));
  EXPECT_TRUE(networks({}).empty());
  EXPECT_FALSE(networks({}).contains("127.0.0.1"));
}

TEST(NetworkListTest, RejectsInvalidNetworks) {
  for (const std::string text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "2001:db8::/129",
        "2001:db8::1/64", "10.0.0.0/255.0.0.0", "example.org/8"}) {
    const std::vector<std::string> texts{"10.0.0.0/8", text};
    const auto parsed = NetworkList::parse(texts);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    EXPECT_THAT(parsed.error().message, HasSubstr("\"" + text + "\""));
  }
}

std::string client(std::string_view peer, const std::vector<std::string_view>& fields,
                   const std::vector<std::string>& trusted) {
  return client_address(peer, fields, networks(trusted));
}

TEST(ClientAddressTest, IsThePeerWithoutTrustedProxies) {
  EXPECT_EQ(client("203.0.113.9", {"1.1.1.1"}, {}), "203.0.113.9");
  EXPECT_EQ(client("203.0.113.9", {"1.1.1.1"}, {"10.0.0.0/8"}), "203.0.113.9");
  EXPECT_EQ(client("::ffff:203.0.113.9", {}, {"10.0.0.0/8"}), "203.0.113.9");
}

TEST(ClientAddressTest, IsTheLastUntrustedAddress) {
  const std::vector<std::string> trusted{"10.0.0.0/8", "2001:db8:aaaa::/48"};
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9"}, trusted), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9, 10.0.0.2"}, trusted), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9", "10.0.0.2,10.0.0.3"}, trusted), "203.0.113.9");
  EXPECT_EQ(client("2001:db8:aaaa::1", {"2001:db8::7"}, trusted), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9:4711"}, trusted), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"[2001:db8::7]:4711"}, trusted), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.1", {"2001:db8::7"}, trusted), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.1", {"10.0.0.9, 10.0.0.2"}, trusted), "10.0.0.9") << "all are trusted: the first";
}

/// Values from the client are left of those that the proxies append.
TEST(ClientAddressTest, IgnoresForgedHeaders) {
  const std::vector<std::string> trusted{"10.0.0.0/8"};
  EXPECT_EQ(client("10.0.0.1", {"127.0.0.1, 203.0.113.9"}, trusted), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"10.0.0.5, 203.0.113.9"}, trusted), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"127.0.0.1", "203.0.113.9"}, trusted), "203.0.113.9");
  for (const std::string_view odd :
       {"", "unknown", "127.0.0.1, ", "127.0.0.1,unknown", "_hidden", "127.0.0.1;x"}) {
    EXPECT_EQ(client("10.0.0.1", {odd}, trusted), "10.0.0.1") << odd;
  }
  EXPECT_EQ(client("10.0.0.1", {}, trusted), "10.0.0.1");
  EXPECT_EQ(client("unix", {"127.0.0.1"}, trusted), "unix");
}

}  // namespace
}  // namespace convert::server::security
