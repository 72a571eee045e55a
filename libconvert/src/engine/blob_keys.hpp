// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <convert/job.hpp>
#include <convert/storage.hpp>

/// How the engine names blobs. What people call their files never becomes part of it.
namespace convert::engine {

inline constexpr std::string_view kInputPrefix = "input/";
inline constexpr std::string_view kOutputPrefix = "output/";

/// "input/<32 random hexadecimal digits>".
Key new_input_key();

/// Whether `new_input_key` may have made it.
bool is_input_key(std::string_view key) noexcept;

/// "output/<job>-<token>-<number>": no two claims ever write to the same one.
Key output_key(const Claim& claim, std::size_t number);

/// The claim to which an output's key belongs, if `output_key` made it.
std::optional<Claim> parse_output_key(std::string_view key);

}  // namespace convert::engine
