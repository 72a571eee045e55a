// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include <convert/io.hpp>
#include <convert/job.hpp>

namespace convert::engine {

/// An output that is being written.
struct PendingOutput {
  JobOutput output;
  bool commit_started = false;  ///< its blob may exist
  bool committed = false;
};

/// Writes to `target`. `commit` sets the size and, where it can, the SHA-256 of `pending`: it hashes the
/// bytes of sequential writes while they are written; after a seek, or writes through the native handle, it
/// reads them from that handle. `pending` outlives the Writer. A stop request cancels `target`.
std::unique_ptr<Writer> hashing_writer(std::unique_ptr<Writer> target, PendingOutput& pending,
                                       std::stop_token stop);

/// A seekable Writer for a forward-only `target`. Keeps the bytes in a temporary file in `folder` (empty: the
/// system's); `commit` copies them to `target` and hashes them on the way. Errors: those of
/// base::TemporaryFile.
Result<std::unique_ptr<Writer>> staged_writer(std::unique_ptr<Writer> target, PendingOutput& pending,
                                              const std::filesystem::path& folder, std::stop_token stop);

}  // namespace convert::engine
