// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>

/// Where secrets are kept between two runs: a text file, one line "ID BASE64URL FROM" (FROM in ms since 1970)
/// for each, that only its owner may read. It is replaced as a whole, so that who reads it sees the old one
/// or the new one. Errors of all: the system's (`io`, `not_found` for a folder that is not there),
/// `forbidden` (others may read it; how to change that), `invalid_argument` (no such file by its contents;
/// which line).
namespace convert::server::security {

/// The secrets that still verify at `now`, if a token lives for `token_ttl`. Errors also: `not_found`.
Result<std::vector<Secret>> read_secrets_file(const std::filesystem::path& file,
                                              std::chrono::seconds token_ttl, Time now);

/// The same, and makes the file with one secret if it is missing. Several processes may do so at once; all
/// get the same secret.
Result<std::vector<Secret>> open_or_create_secrets_file(const std::filesystem::path& file,
                                                        std::chrono::seconds token_ttl, Time now);

/// Adds a secret that signs from `now` and a minute on (by then every process has read it), and leaves out
/// those that nothing living is signed with. Gives what the file has now. Errors also: `not_found`,
/// `conflict` (another process rotates at this moment).
Result<std::vector<Secret>> rotate_secrets_file(const std::filesystem::path& file,
                                                std::chrono::seconds token_ttl, Time now);

/// A file that the operator gives: one secret a line, of at least 32 bytes; the first signs, all verify.
/// Empty lines and lines that begin with "#" don't count. Errors also: `not_found`.
Result<std::vector<Secret>> read_operator_secrets(const std::filesystem::path& file);

}  // namespace convert::server::security
