// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>

/// Secrets that the operator gives to all hosts: one of at least 32 bytes a line. The first one signs, all
/// verify. Empty lines and lines that start with "#" are ignored.
///
/// Hosts read a changed text at different times, so a secret is changed in steps, each of which has to reach
/// every host before the next one:
///
/// 1. `stage_secret` adds a new secret as the last line. It is accepted and does not sign.
/// 2. `activate_secret` moves it to the first line. Hosts that still have the text of step 1 accept it.
/// 3. When the tokens that the old secret signed have expired, `retire_secrets` removes it.
namespace convert::server::security {

/// `source` names the file or the variable in messages. Errors: `invalid_argument` (no secret, one that is
/// too short or given twice).
Result<std::vector<Secret>> parse_operator_secrets(std::string_view text, std::string_view source);

/// The secrets of a variable, in which commas and white space separate them too.
Result<std::vector<Secret>> parse_secrets_variable(std::string_view text, std::string_view source);

/// The secrets of a file, which other users must not be able to read; its group may. Errors also:
/// `not_found`, `forbidden`, system errors.
Result<std::vector<Secret>> read_operator_secrets(const std::filesystem::path& file);

/// The text with a new random secret as its last line, below a comment that marks it as staged. Errors:
/// `conflict` (the text has a staged secret), `invalid_argument`.
Result<std::string> stage_secret(std::string_view text, std::string_view source);

/// The text with its staged secret as the first one, without the mark. Errors: `conflict` (none is staged),
/// `invalid_argument`.
Result<std::string> activate_secret(std::string_view text, std::string_view source);

/// The text without the secrets after the first one. Errors: `conflict` (one of them is staged, or there is
/// only one), `invalid_argument`.
Result<std::string> retire_secrets(std::string_view text, std::string_view source);

/// Replaces a file by what `change` (one of the functions above) makes of its text. Keeps its mode. Errors
/// also: those of `read_operator_secrets`, `conflict` (another process changes it; retryable).
Result<void> change_operator_secrets(const std::filesystem::path& file,
                                     Result<std::string> (*change)(std::string_view text,
                                                                   std::string_view source));

}  // namespace convert::server::security
