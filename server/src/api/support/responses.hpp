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
/// 200 with JSON that must not be cached: tokens, keys.
Response secret_json(std::string text);

/// 200 with a text that is the same for all clients; caches revalidate it by its ETag.
Response static_text(std::string_view type, std::shared_ptr<const std::string> text, std::string_view tag);

/// A quoted ETag of a text: 64-bit FNV-1a, which detects changes but is not secure.
std::string text_tag(std::string_view text);

/// Sets the header fields of a response with user content, so that no browser executes it and browsers
/// display only audio, video and raster images. `as_attachment`: browsers save it instead. `by_link`: pages
/// of any site may embed it, since the owner has shared the link.
void set_user_content_headers(Response& response, std::string_view content_type, std::string_view file_name,
                              bool by_link, std::string_view cache_control = "private, no-cache",
                              bool as_attachment = false);

/// Whether browsers may display user content of this media type: audio, video and raster images.
bool is_displayable(std::string_view media_type);

/// The media type of audio, video and raster images that are not in the table of formats, by file extension;
/// empty if unknown. Types as registered by IANA or as used by browsers.
std::string_view fallback_media_type(std::string_view file_name) noexcept;

}  // namespace convert::server::api
