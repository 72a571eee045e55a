// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <fmt/format.h>

#include <convert/result.hpp>

namespace convert::storage {

/// The error of `Storage::resume` for an unknown token.
inline Error no_suspended_blob(std::string_view key) {
  return Error{Errc::not_found,
               fmt::format("There is no interrupted upload of the blob \"{}\" with that token: it was "
                           "finished, discarded or has expired. Upload the file again from the start.",
                           key)};
}

}  // namespace convert::storage
