// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string_view>

#include "http/message/head.hpp"
#include "http/message/refusal.hpp"

namespace convert::server::http {

/// Beast's parser, which takes a header apart and is asked nothing about bodies: those are framed by
/// `framing`.
class BeastHeadParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit BeastHeadParser(RequestHead& head) : head_(head) {
    skip(true);
    header_limit(static_cast<std::uint32_t>(-1));  // HeadValidator has counted
    body_limit(boost::none);
  }

 private:
  using Text = boost::beast::string_view;
  using Code = boost::beast::error_code;
  static std::string_view view(Text text) noexcept { return {text.data(), text.size()}; }

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version, Code&) override {
    head_.method = view(method);
    head_.target = view(target);
    head_.version = version;
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Code&) override {
    head_.fields.push_back({view(name), view(value)});
  }
  void on_response_impl(int, Text, int, Code&) override {}
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text body, Code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override { return body.size(); }
  void on_finish_impl(Code&) override {}

  RequestHead& head_;
};

/// Takes `block` apart, a whole header that HeadValidator has found complete (from `begin()` to `end()`),
/// into `head`, which keeps a copy of it and reuses its own memory. nullopt: done. 400: Beast does not like
/// it.
inline std::optional<RequestError> parse_head(std::string_view block, RequestHead& head) {
  head.assign(block);
  head.clamp_version();
  BeastHeadParser parser(head);
  boost::beast::error_code code;
  const std::string_view bytes = head.bytes();
  const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), code);
  if (code || !parser.is_header_done() || used != bytes.size()) {
    return RequestError{400, "bad_request", "The header of the request is not valid HTTP."};
  }
  return {};
}

}  // namespace convert::server::http
