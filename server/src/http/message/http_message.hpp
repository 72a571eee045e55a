// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <optional>
#include <span>
#include <string_view>

namespace convert::server::http {

/// What a status is called (RFC 9110, 15; RFC 6585): "Not Found". Unknown ones by their class.
std::string_view reason_phrase(unsigned status) noexcept;

/// What the shape of an answer depends on.
struct RequestView {
  Method method = Method::other;
  int version = 11;
  std::span<const FieldView> fields{};

  std::optional<std::string_view> field(std::string_view name) const noexcept;
};

/// The first field of an answer with that name, in any case; null: none.
const Field* find_field(const Response& response, std::string_view name) noexcept;

/// The body, if it is a text; else empty.
std::string_view body_text(const Response& response) noexcept;

/// Takes away those fields of an answer.
void remove_field(Response& response, std::string_view name);

}  // namespace convert::server::http
