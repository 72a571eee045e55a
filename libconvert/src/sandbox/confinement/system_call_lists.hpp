// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <convert/result.hpp>

/// The system calls of confined workers. A call that is in neither list kills the worker.
namespace convert::sandbox {

/// The condition that the bits of an argument under `mask` equal `value`.
struct ArgumentCondition {
  unsigned index = 0;
  std::uint64_t mask = 0;
  std::uint64_t value = 0;
};

/// A system call that is permitted if its arguments meet the conditions.
struct PermittedCall {
  int call = 0;
  std::optional<ArgumentCondition> first{}, second{};
};

/// A system call that fails with `error` if its argument meets the condition.
struct RefusedCall {
  int call = 0;
  int error = 0;
  std::optional<ArgumentCondition> first{};
};

/// The calls that conversions need.
std::span<const PermittedCall> permitted_calls();

/// Also permitted if another layer denies files outside of the scratch folder.
std::span<const PermittedCall> permitted_file_calls();

/// The calls that malloc, glibc, FFmpeg, x264, x265, SVT-AV1 and libarchive try and do not need.
std::span<const RefusedCall> refused_calls();

/// Also refused if `permitted_file_calls` are not permitted.
std::span<const RefusedCall> refused_file_calls();

}  // namespace convert::sandbox
