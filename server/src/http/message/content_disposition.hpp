// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace convert::server::http {

/// The Content-Disposition of a form part (RFC 7578, 4.2). Texts are UTF-8.
struct Disposition {
  std::string type;                       ///< lower case: "form-data"
  std::optional<std::string> name{};      ///< name of the form field
  std::optional<std::string> filename{};  ///< as sent; call sanitize_file_name before use
};

/// Parses the field. `filename*` (RFC 8187: UTF-8 or ISO-8859-1) takes precedence over `filename`. In quotes
/// `\"` is a quote and `\\` a backslash (RFC 9110); before other characters a backslash stands for itself,
/// since older browsers send whole paths. "%22", which browsers send for a quote, is kept. Errors:
/// `invalid_argument` (malformed, duplicate parameters, not UTF-8) with a message that names the part.
Result<Disposition> parse_disposition(std::string_view value);

/// Formats the field for a response: `attachment; filename="name.mp3"`, or `inline`. A name that is not plain
/// ASCII is sent twice, in ASCII and by RFC 8187 (RFC 6266, 4.3). Removes control characters from `filename`.
std::string content_disposition(bool attachment, std::string_view filename);

}  // namespace convert::server::http
