// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <convert/result.hpp>

/// What a confined worker may ask of the kernel. Whatever is in neither list kills it.
namespace convert::sandbox {

/// A condition on one argument: its bits under `mask` are `value`.
struct ArgumentCondition {
  unsigned index = 0;
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
};

/// A system call that is permitted, if its arguments are like that.
struct PermittedCall {
  int call = 0;
  std::optional<ArgumentCondition> first{}, second{};
};

/// A system call that fails with `error`, if its arguments are like that, and does nothing.
struct RefusedCall {
  int call = 0;
  int error = 0;
  std::optional<ArgumentCondition> first{};
};

/// The first list: what conversions are made of.
std::span<const PermittedCall> permitted_calls();

/// Also permitted where files outside of the scratch folder are out of reach by other means.
std::span<const PermittedCall> permitted_file_calls();

/// The second list: what malloc, glibc, FFmpeg, x264, x265, SVT-AV1 and libarchive ask for, and live without.
std::span<const RefusedCall> refused_calls();

/// Refused as well where `permitted_file_calls` are not permitted.
std::span<const RefusedCall> refused_file_calls();

}  // namespace convert::sandbox
