// SPDX-License-Identifier: MIT
#include "option_groups.hpp"
#include "option_builders.hpp"

namespace convertd {
namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t kMaxConnections = 1'000'000;
constexpr milliseconds kMinTimeout{100};

std::string as_it_is(const std::string& text) { return text; }

}  // namespace

std::vector<Option> connection_options() {
  return {
      count_option(
          {"connections", "N", "at once; lowered to what the limit of open files allows"},
          [](auto& s) -> auto& { return s.server.http.max_connections; }, 1, kMaxConnections),
      count_option(
          {"connections-an-address", "N", "at once, of one address"},
          [](auto& s) -> auto& { return s.server.http.max_connections_per_address; }, 1, kMaxConnections),
      count_option(
          {"uploads", "N", "at once"}, [](auto& s) -> auto& { return s.server.max_uploads; }, 1,
          kMaxConnections),
      count_option(
          {"streams", "N", "streaming conversions at once"},
          [](auto& s) -> auto& { return s.server.max_streaming_conversions; }, 1, kMaxConnections),
      count_option(
          {"listeners", "N", "event streams at once"},
          [](auto& s) -> auto& { return s.server.max_event_streams; }, 1, kMaxConnections),
      count_option(
          {"listeners-an-account", "N", "event streams of one account at once"},
          [](auto& s) -> auto& { return s.server.max_event_streams_per_account; }, 1, kMaxConnections),
      size_option(
          {"header-size", "SIZE", "request line and fields together; the line's target has at most 8 KiB"},
          [](auto& s) -> auto& { return s.server.http.max_header_bytes; }, 1 << 10, 1 << 20),
      count_option(
          {"fields", "N", "fields of one request"}, [](auto& s) -> auto& { return s.server.http.max_fields; },
          8, 10'000),
      duration_option(
          {"header-time", "TIME", "for the whole header of a request"},
          [](auto& s) -> auto& { return s.server.http.header_timeout; }, kMinTimeout),
      duration_option(
          {"idle-time", "TIME", "between two requests of a connection"},
          [](auto& s) -> auto& { return s.server.http.idle_timeout; }, kMinTimeout),
      duration_option(
          {"body-idle", "TIME", "between two pieces of a body"},
          [](auto& s) -> auto& { return s.server.http.body_read_timeout; }, kMinTimeout),
      duration_option(
          {"write-idle", "TIME", "in which a client takes nothing of its answer"},
          [](auto& s) -> auto& { return s.server.http.write_timeout; }, kMinTimeout),
      {"slowest", "SIZE", "",
       "a second, both ways, on average after 30 s: slower clients are cut; 0: any rate",
       [](Settings& s, std::string_view text) -> Result<void> {
         const auto rate = parse_size(text, 0, std::uint64_t{1} << 30);
         if (!rate) return rate.error();
         s.server.http.min_body_rate = s.server.http.min_write_rate = static_cast<std::uint32_t>(*rate);
         return {};
       },
       [](const Settings& s) { return format_size(s.server.http.min_body_rate); }},
      list_option(
          {"trusted-proxies", "NETWORK,...", "whose X-Forwarded-For is believed", "none"},
          [](auto& s) -> auto& { return s.server.trusted_proxies; }, parse_network, as_it_is),
      list_option(
          {"cors", "ORIGIN,...", "pages that may call from other origins; * is any", "none"},
          [](auto& s) -> auto& { return s.server.cors_origins; }, parse_origin, as_it_is),
  };
}

}  // namespace convertd
