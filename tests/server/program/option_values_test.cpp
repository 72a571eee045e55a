// SPDX-License-Identifier: MIT
#include "options/option_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convertd {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kAny = std::uint64_t{1} << 62;

TEST(SizeValueTest, HasUnitsOf1024) {
  EXPECT_EQ(parse_size("0", 0, kAny).value(), 0U);
  EXPECT_EQ(parse_size("1023", 0, kAny).value(), 1'023U);
  EXPECT_EQ(parse_size("64K", 0, kAny).value(), 65'536U);
  EXPECT_EQ(parse_size("5G", 0, kAny).value(), std::uint64_t{5} << 30);
  EXPECT_EQ(parse_size("2T", 0, kAny).value(), std::uint64_t{2} << 40);
}

TEST(SizeValueTest, RejectsInvalidSizes) {
  for (const auto* text : {"", "G", "5g", "5GB", "5 G", "-1", "+1", "0x10", "1.5G", "1e3",
                           "99999999999999999999", "9999999T", "4611686018427387905"}) {
    EXPECT_FALSE(parse_size(text, 0, kAny)) << text;
  }
  EXPECT_THAT(parse_size("2K", 4'096, 8'192).error().message, HasSubstr("between 4K and 8K"));
  EXPECT_FALSE(parse_size("9K", 4'096, 8'192));
}

TEST(SizeValueTest, RoundTrips) {
  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1'000}, std::uint64_t{1'024},
        std::uint64_t{5} << 30, (std::uint64_t{5} << 30) + 1, kAny}) {
    EXPECT_EQ(parse_size(format_size(bytes), 0, kAny).value(), bytes) << format_size(bytes);
  }
  EXPECT_EQ(format_size(std::uint64_t{20} << 30), "20G");
}

TEST(DurationValueTest, HasUnits) {
  EXPECT_EQ(parse_duration("250ms").value(), milliseconds(250));
  EXPECT_EQ(parse_duration("30s").value(), milliseconds(30'000));
  EXPECT_EQ(parse_duration("15m").value(), std::chrono::minutes(15));
  EXPECT_EQ(parse_duration("24h").value(), std::chrono::hours(24));
  EXPECT_EQ(parse_duration("7d").value(), std::chrono::hours(7 * 24));
  for (const auto* text : {"", "30", "s", "30 s", "30sec", "-1s", "1.5h", "4000d", "18446744073709551615d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(DurationValueTest, UsesTheLargestUnit) {
  EXPECT_EQ(format_duration(milliseconds(0)), "0s");
  EXPECT_EQ(format_duration(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(format_duration(std::chrono::seconds(90)), "90s");
  EXPECT_EQ(format_duration(std::chrono::hours(24)), "1d");
}

TEST(RateValueTest, ParsesRates) {
  const auto plain = parse_rate("10/15m").value();
  EXPECT_EQ(plain.events, 10U);
  EXPECT_EQ(plain.interval, std::chrono::minutes(15));
  EXPECT_EQ(plain.burst, 0U);
  EXPECT_EQ(parse_rate("1000/1s:5000").value().burst, 5'000U);
  EXPECT_EQ(parse_rate("off").value().events, 0U);
  for (const auto* text : {"", "10", "10/", "/1s", "0/1s", "10/0s", "10/s", "10/1s:", "10/1s:0", "10/1s:x",
                           "9999999999/1s", "on"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
  for (const auto* text : {"10/15m", "1000/1s:5000", "off"})
    EXPECT_EQ(format_rate(parse_rate(text).value()), text);
}

TEST(EndpointValueTest, ParsesAddressAndPort) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8080").value(), (Endpoint{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_endpoint("[::]:0").value(), (Endpoint{"::", 0}));
  EXPECT_EQ(format_endpoint({"::1", 80}), "[::1]:80");
  EXPECT_EQ(format_endpoint({"10.0.0.1", 80}), "10.0.0.1:80");
  for (const auto* text :
       {"", ":", ":80", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80",
        "[127.0.0.1]:80", "localhost:80", "[::1]", "256.1.1.1:80"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(NetworkValueTest, ParsesNetworks) {
  EXPECT_EQ(parse_network("10.0.0.0/8").value(), "10.0.0.0/8");
  EXPECT_EQ(parse_network("10.1.2.3").value(), "10.1.2.3/32");
  EXPECT_EQ(parse_network("fd00::/8").value(), "fd00::/8");
  EXPECT_EQ(parse_network("::1").value(), "::1/128");
  for (const auto* text : {"", "/8", "127.0.0.1/8", "fd00::1/8", "10.0.0.0/33", "10.0.0.0/", "::/129",
                           "10.0.0/8", "host/8", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

TEST(OriginValueTest, ParsesOrigins) {
  for (const auto* text : {"*", "https://example.org", "http://localhost:3000", "https://[::1]:8443"}) {
    EXPECT_EQ(parse_origin(text).value(), text);
  }
  for (const auto* text : {"", "example.org", "https://", "ftp://example.org", "https://example.org/",
                           "https://Example.org", "https://a b", "null"}) {
    EXPECT_FALSE(parse_origin(text)) << text;
  }
}

TEST(ListValueTest, SplitsAtCommas) {
  EXPECT_THAT(parse_list("a,b"), ElementsAre("a", "b"));
  EXPECT_THAT(parse_list(" a , ,b,"), ElementsAre("a", "b"));
  EXPECT_THAT(parse_list(""), ElementsAre());
}

TEST(OptionMessageTest, EscapesAndTruncatesInput) {
  EXPECT_EQ(in_quotes("a\x1b[31m\n"), "\"a?[31m?\"");
  EXPECT_LT(in_quotes(std::string(10'000, 'x')).size(), 100U);
}

}  // namespace
}  // namespace convertd
