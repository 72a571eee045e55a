// SPDX-License-Identifier: MIT
#pragma once

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

/// `filename*` (RFC 8187: UTF-8 or ISO-8859-1) wins over `filename`. In quotes both what browsers send ("%22"
/// for a quote stays as it is, it may be in a name) and what RFC 9110 says (`\"`) are read; a backslash
/// before another character is itself, since older browsers send whole paths. nullopt: ill-formed, doubled
/// parameters, text that is not UTF-8.
std::optional<Disposition> parse_disposition(std::string_view value);

/// For an answer: `attachment; filename="name.mp3"`, or `inline`; a name that is not plain ASCII comes twice,
/// in ASCII and by RFC 8187 (RFC 6266, 4.3). Control characters of `filename` are left out.
std::string content_disposition(bool attachment, std::string_view filename);

}  // namespace convert::server::http
