// SPDX-License-Identifier: MIT
#pragma once

#include <convert/converter.hpp>

#include "library/call_context.hpp"
#include "library/format_catalogue.hpp"

namespace convert::library {

/// The error for an input without a byte.
Error empty_input(const Input& input);

/// The error for an input that no Converter knows.
Error unrecognized_input_error(const FormatCatalogue& catalogue, const Input& input);

/// A Converter failed with `error`. If that says "this is nothing of mine", and another Converter knows
/// the input well, then the message says what the input is, and what may be asked of it; if no Converter
/// knows anything of it, then it is `unrecognized_input_error`, as when it is probed.
Error explain_mismatch(const FormatCatalogue& catalogue, GuardedInputs& inputs, const CallContext& call,
                       const TargetFormat& requested, Error error);

}  // namespace convert::library
