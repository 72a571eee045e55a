// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include <convert/io.hpp>

#include "sandbox/protocol/messages.hpp"
#include "sandbox/worker/host_connection.hpp"

namespace convert::sandbox {

/// The inputs of a call in a worker: read from their descriptors, or with messages to the host. `descriptors`
/// are those of the inputs that have one, in order. Errors: `forbidden` (too few descriptors).
Result<std::vector<std::unique_ptr<Reader>>> remote_inputs(HostConnection& host,
                                                           const std::vector<RequestedInput>& inputs,
                                                           std::vector<base::Descriptor> descriptors);

/// The outputs of a call in a worker. The host creates them.
std::unique_ptr<Outputs> remote_outputs(HostConnection& host);

}  // namespace convert::sandbox
