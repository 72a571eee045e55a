// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace convert::server::http {

/// Content-Disposition of a part (RFC 7578, 4.2). Texts are UTF-8.
struct Disposition {
  std::string type;                       ///< lower case: "form-data"
  std::optional<std::string> name{};      ///< of the field
  std::optional<std::string> filename{};  ///< as sent, never to be used as it is: see file_name.hpp
};

/// `filename*` (RFC 8187: UTF-8 or ISO-8859-1) wins over `filename`. In quotes `\"` is a quote and `\\` a
/// backslash (RFC 9110); before another character a backslash is itself, since older browsers send whole
/// paths; "%22", which browsers send for a quote, stays as it is. Errors: `invalid_argument`
/// (ill-formed, doubled parameters, text that is not UTF-8), with a sentence on which part of it that is.
Result<Disposition> parse_disposition(std::string_view value);

/// For an answer: `attachment; filename="name.mp3"`, or `inline`; a name that is not plain ASCII comes twice,
/// in ASCII and by RFC 8187 (RFC 6266, 4.3). Control characters of `filename` are left out.
std::string content_disposition(bool attachment, std::string_view filename);

}  // namespace convert::server::http
