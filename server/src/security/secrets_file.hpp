// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>

/// The file that stores secrets: one line "ID BASE64URL FROM" for each (FROM in milliseconds since 1970),
/// readable by its owner only. It is replaced atomically. Errors of all functions: system errors (`io`,
/// `not_found` for a missing folder), `forbidden` (others may read the file), `invalid_argument` (malformed,
/// with the line).
namespace convert::server::security {

/// The secrets that can still verify a token at `now`, if tokens expire after `token_ttl`. Errors also:
/// `not_found`.
Result<std::vector<Secret>> read_secrets_file(const std::filesystem::path& file,
                                              std::chrono::seconds token_ttl, Time now);

/// As above; creates the file with one secret if it is missing. Processes that do so at the same time get the
/// same secret.
Result<std::vector<Secret>> open_or_create_secrets_file(const std::filesystem::path& file,
                                                        std::chrono::seconds token_ttl, Time now);

/// Adds a secret that signs one minute after `now`, when every process has read it, and removes expired
/// secrets. Returns the new contents. Errors also: `not_found`, `conflict` (another process rotates at this
/// moment).
Result<std::vector<Secret>> rotate_secrets_file(const std::filesystem::path& file,
                                                std::chrono::seconds token_ttl, Time now);

}  // namespace convert::server::security
