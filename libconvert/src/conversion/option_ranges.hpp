// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/format.hpp>
#include <convert/output_spec.hpp>
#include <convert/result.hpp>

namespace convert::conversion {

/// "8000 to 320000 bit/s" or "s16, s24".
std::string range_text(const OptionRange& range);

/// Checks the options of `spec` for a stream that is encoded with `codec` (empty for formats without codecs)
/// against `Format::option_ranges`. The one check for validation, planning and converting. Errors:
/// `invalid_argument` for a value out of range, `unsupported` for an option that does not apply to the codec.
Result<void> check_option_ranges(const OutputSpec& spec, const Format& format, std::string_view codec);

/// The same before the input is known. If the stream may be copied, and no codec is requested, a value is
/// valid that is valid for any codec of the format.
Result<void> check_option_ranges(const OutputSpec& spec, const Format& format);

}  // namespace convert::conversion
