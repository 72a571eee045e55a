// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"

/// Small files that hold secrets: refused if other users can read them, replaced atomically. Errors of all
/// functions: system errors (`io`, `not_found` for a missing folder).
namespace convert::server::security {

/// Opens a file for reading. Errors also: `not_found`, `invalid_argument` (not a regular file), `forbidden`
/// (its mode has a bit of `forbidden_mode`).
Result<base::Descriptor> open_private_file(const std::filesystem::path& file, unsigned forbidden_mode);

/// Opens a file as above and locks it against other callers of this function, until the descriptor is closed.
/// Errors also: `conflict` (retryable).
Result<base::Descriptor> lock_private_file(const std::filesystem::path& file, unsigned forbidden_mode);

/// The whole file. Errors also: `invalid_argument` (more than 64 KiB).
Result<std::string> read_private_text(const base::Descriptor& descriptor, const std::filesystem::path& file);

/// Creates a file for its owner only. False if it exists already.
Result<bool> create_private_file(const std::filesystem::path& file, const std::string& text);

/// Replaces a file. The new one has this mode, and the user who runs the program as its owner.
Result<void> replace_private_file(const std::filesystem::path& file, const std::string& text, unsigned mode);

}  // namespace convert::server::security
