// SPDX-License-Identifier: MIT
#pragma once

#include <convert/converter.hpp>

#include "library/call_context.hpp"
#include "library/format_catalogue.hpp"

namespace convert::library {

/// The error for an input of 0 bytes.
Error empty_input(const Input& input);

/// The error for an input that no Converter recognizes.
Error unrecognized_input_error(const FormatCatalogue& catalogue, const Input& input);

/// The error of the call after the Converter of `requested` failed with `error`. If it did not recognize the
/// input and another Converter is confident about it, the message says what the input is and which formats
/// fit. If no Converter recognizes it, the result is `unrecognized_input_error`, as for a probe.
Error explain_mismatch(const FormatCatalogue& catalogue, GuardedInputs& inputs, const CallContext& call,
                       const TargetFormat& requested, Error error);

}  // namespace convert::library
