// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"

namespace convert::base {

/// As `descriptor_writer`, and owns the descriptor.
std::unique_ptr<Writer> owning_descriptor_writer(Descriptor descriptor);

}  // namespace convert::base
