// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"

namespace convert::server::api {

/// The problem document (RFC 9457) that answers a request, with the member "error" of older clients. The only
/// place where a Problem becomes a Response. Retry-After is at least one second.
Response error_response(const Problem& problem);

Response message(std::string_view text);  ///< 200 {"message": text}
Response no_content();                    ///< 204
/// 200 with JSON that no cache may keep: tokens, keys.
Response secret_json(std::string text);

/// 200 with a text that is the same for everybody, and may be kept as long as its ETag is asked for.
Response static_text(std::string_view type, std::shared_ptr<const std::string> text, std::string_view tag);

/// An ETag for a text of ours, with its quotes: FNV-1a of 64 bits, which serves to see changes and no more.
std::string text_tag(std::string_view text);

/// The fields of an answer with bytes that a user has sent, or that were made of them: no browser runs them,
/// whatever they are, and shows only sound, moving pictures and raster images.
/// `by_link`: pages of any site may show them; whoever made the link gave it to them.
void set_user_content_headers(Response& response, std::string_view content_type, std::string_view file_name,
                              bool by_link, std::string_view cache_control = "private, no-cache");

/// The media type of sound, moving pictures and raster images that the table of formats has no row for, by
/// the name's extension; empty: none of them. Types as IANA has registered them, or as browsers call them.
std::string_view fallback_media_type(std::string_view file_name) noexcept;

}  // namespace convert::server::api
