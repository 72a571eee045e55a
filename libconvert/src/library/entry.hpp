// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "library/call_context.hpp"
#include "library/format_catalogue.hpp"

namespace convert::library {

/// The row whose outputs are the bytes of an entry as they are. `unsupported` without archives.
Result<TargetFormat> raw_format(const FormatCatalogue& catalogue);

/// Takes one entry out of the only input, into a temporary file.
Result<std::unique_ptr<Reader>> extract_entry(CallContext& call, const GuardedInputs& inputs,
                                              const TargetFormat& raw, const std::string& entry);

}  // namespace convert::library
