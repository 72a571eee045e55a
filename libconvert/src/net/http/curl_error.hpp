// SPDX-License-Identifier: MIT
#pragma once

#include <curl/curl.h>

#include <string_view>

#include <convert/result.hpp>

#include "net/http/url.hpp"

namespace convert::net {

/// The error for a transfer to `url` that ended with `code`, which is not CURLE_OK. `detail` is curl's text.
/// The message has the host, not the path and the query: they may hold a signature or a name of a user's
/// file.
Error curl_error(CURLcode code, const Url& url, std::string_view detail);

}  // namespace convert::net
