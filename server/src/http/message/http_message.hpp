// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <optional>
#include <span>
#include <string_view>

namespace convert::server::http {

/// Reason phrase of a status (RFC 9110, 15; RFC 6585): "Not Found". Unknown codes get the name of their
/// class.
std::string_view reason_phrase(unsigned status) noexcept;

/// The parts of a request that determine how its response is sent.
struct RequestView {
  Method method = Method::other;
  int version = 11;
  std::span<const FieldView> fields{};

  std::optional<std::string_view> field(std::string_view name) const noexcept;
};

/// The first field with that name (case-insensitive); null if there is none.
const Field* find_field(const Response& response, std::string_view name) noexcept;

/// The body if it is a text, else empty.
std::string_view body_text(const Response& response) noexcept;

/// Removes all fields with that name.
void remove_field(Response& response, std::string_view name);

}  // namespace convert::server::http
