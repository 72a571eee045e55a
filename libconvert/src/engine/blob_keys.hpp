// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <convert/job.hpp>
#include <convert/storage.hpp>

/// The names of the engine's blobs. They never contain a user's file name.
namespace convert::engine {

inline constexpr std::string_view kInputPrefix = "input/";
inline constexpr std::string_view kOutputPrefix = "output/";

/// "input/<32 random hexadecimal digits>".
Key new_input_key();

/// Whether `new_input_key` can have created it.
bool is_input_key(std::string_view key) noexcept;

/// "output/<job>-<token>-<number>": two claims never write the same key.
Key output_key(const Claim& claim, std::size_t number);

/// The claim that an output key belongs to. Empty if `output_key` did not create the key.
std::optional<Claim> parse_output_key(std::string_view key);

}  // namespace convert::engine
