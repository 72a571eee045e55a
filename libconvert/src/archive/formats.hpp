// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <convert/format.hpp>

namespace convert::archive {

/// What holds the entries. `file` is no container: one file's bytes and nothing else.
enum class Container : std::uint8_t { file, zip, seven_zip, tar };

/// What compresses a whole file from outside.
enum class Filter : std::uint8_t { none, gzip, bzip2, xz, zstd };

/// Every format of this room is a container in at most one filter.
struct Shape {
  Container container = Container::file;
  Filter filter = Filter::none;
  bool operator==(const Shape&) const = default;
};

std::span<const Format> formats() noexcept;

/// The row with that name or extension, or null.
const Format* find(std::string_view name) noexcept;
const Format& row_of(Shape shape) noexcept;
Shape shape_of(const Format& row) noexcept;

/// The highest `OutputSpec::level` that the shape takes; empty if it has no levels.
std::optional<int> highest_level(Shape shape) noexcept;

/// Whether a target must know an entry's size before its bytes.
constexpr bool needs_sizes(Shape target) noexcept {
  return target.container == Container::tar || target.container == Container::seven_zip;
}

}  // namespace convert::archive
