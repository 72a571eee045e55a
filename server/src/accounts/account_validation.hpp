// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>

/// Validates the fields of an account. Errors: `invalid_argument`, with a message for the user that never
/// repeats the input.
namespace convert::server::accounts {

/// Converts ASCII letters to lower case. Names and e-mail addresses are compared in this form.
std::string fold_case(std::string_view text);

/// A user name has 1 to 64 characters of UTF-8, no "@" (which distinguishes e-mail addresses from names at
/// login), no control, invisible or bidirectional characters, and no leading or trailing space.
Result<void> validate_user_name(std::string_view name);

/// Returns the address in lower case. It must have the form of RFC 5321: a dot-string, "@" and a domain of at
/// least two labels (RFC 1123), at most 254 bytes. Does not check that the address exists.
Result<std::string> normalize_email(std::string_view email);

/// Checks the policy. A password has at most 1,024 bytes of UTF-8, which bounds the cost of hashing.
Result<void> validate_password(std::string_view password, const PasswordPolicy& policy);

/// The name of an API key: as `validate_user_name`, but "@" is allowed.
Result<void> validate_key_name(std::string_view name);

/// A language tag in the form of RFC 5646, such as "de" or "pt-BR", of at most 35 characters. Empty: no
/// language.
Result<void> validate_language(std::string_view language);

}  // namespace convert::server::accounts
