// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"

namespace convert::base {

/// A Writer for `target`, whose bytes wait in `folder` (on the same file system) until `commit`, which
/// also makes the folders of `target` that are missing below `folder`.
Result<std::unique_ptr<Writer>> create_file_in(const std::filesystem::path& folder,
                                               const std::filesystem::path& target);

/// The same where the file system, or a missing /proc, allows no files without a name: until `commit`,
/// the bytes wait under a hidden name in `folder`.
Result<std::unique_ptr<Writer>> create_hidden_file_in(const std::filesystem::path& folder,
                                                      const std::filesystem::path& target);

/// A name nobody uses: ".convert-0123456789abcdef.part".
std::string hidden_file_name();

/// As `descriptor_writer`, and owns the descriptor.
std::unique_ptr<Writer> owning_descriptor_writer(Descriptor descriptor);

}  // namespace convert::base
