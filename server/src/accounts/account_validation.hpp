// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>
#include <convert/server/policy.hpp>

/// What may be stored in an account. All errors are `invalid_argument`, with a sentence for whoever typed it,
/// which never repeats what was typed.
namespace convert::server::accounts {

/// ASCII letters in lower case, the rest as it is: how names and e-mail addresses are compared.
std::string fold_case(std::string_view text);

/// A name for people: 1 to 64 characters of UTF-8, without "@" (that is how a login tells names from e-mail
/// addresses), control characters, invisible characters and characters that turn the direction of writing,
/// and without a space at an end.
Result<void> validate_user_name(std::string_view name);

/// The address in lower case, if it is one that mail can be sent to: RFC 5321's dot-string, an "@" and at
/// least two labels of a domain (RFC 1123), 254 bytes at most. Whether it exists is not asked.
Result<std::string> normalize_email(std::string_view email);

/// What the policy wants, and at most 1,024 bytes of UTF-8, which bound the work that a hash is.
Result<void> validate_password(std::string_view password, const PasswordPolicy& policy);

/// A label of an API key: 1 to 64 characters as in `check_name`, where "@" is as good as any other.
Result<void> validate_key_name(std::string_view name);

/// A language tag in the shape of RFC 5646, as "de" or "pt-BR": at most 35 characters. Empty: not said.
Result<void> validate_language(std::string_view language);

}  // namespace convert::server::accounts
