// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"

namespace convert::base {

/// A Writer for the file `target`. Its bytes stay in an unnamed file in `folder`, which must be on the same
/// file system, until `commit` links them as `target` and creates the missing parent folders of `target`.
Result<std::unique_ptr<Writer>> create_file_in(const std::filesystem::path& folder,
                                               const std::filesystem::path& target);

/// The same for file systems without O_TMPFILE, or without /proc: until `commit`, the bytes are in a file
/// with a hidden name in `folder`.
Result<std::unique_ptr<Writer>> create_hidden_file_in(const std::filesystem::path& folder,
                                                      const std::filesystem::path& target);

/// A random name such as ".convert-0123456789abcdef.part".
std::string hidden_file_name();

/// As `descriptor_writer`, but owns the descriptor.
std::unique_ptr<Writer> owning_descriptor_writer(Descriptor descriptor);

}  // namespace convert::base
