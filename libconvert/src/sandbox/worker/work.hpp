// SPDX-License-Identifier: MIT
#pragma once

#include <convert/library.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// A worker's life, once it is confined: waits for Work on `channel`, does it, says what came out, and ends
/// the process. `scratch`: its folder is the current one, for temporary files.
[[noreturn]] void serve_call(const Library& library, const ZygoteSettings& settings,
                             base::Descriptor channel);

}  // namespace convert::sandbox
