// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>

#include <convert/engine.hpp>

namespace convert::engine {

/// An Upload into a new blob of `storage`, of at most `limit` bytes; with more than `max_hashed_bytes` it
/// gets no SHA-256.
Result<std::unique_ptr<Upload>> start_upload(Storage& storage, std::uint64_t limit,
                                             std::uint64_t max_hashed_bytes);

/// All of `input`, uploaded.
Result<JobInput> upload_all(Storage& storage, std::uint64_t limit, const Input& input);

}  // namespace convert::engine
