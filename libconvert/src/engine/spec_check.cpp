// SPDX-License-Identifier: MIT
#include "engine/spec_check.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "conversion/format_lookup.hpp"

namespace convert::engine {
namespace {

std::string writable_format_names(std::span<const Format> formats) {
  std::string names;
  for (const Format& format : formats) {
    if (format.writable) names += fmt::format("{}{}", names.empty() ? "" : ", ", format.name);
  }
  return names;
}

/// An entry of an archive is taken out first; the rest of the spec is for what was in it.
OutputSpec without_entry(OutputSpec spec, const Format& format) {
  if (format.family != Family::archive) spec.entry.clear();
  return spec;
}

}  // namespace

Result<OutputSpec> normalize_spec(OutputSpec spec, std::span<const Format> formats) {
  if (spec.format.empty()) {
    return Error{Errc::invalid_argument, "format: it is not said what to convert to. Say spec.format."};
  }
  if (formats.empty()) {
    if (auto valid = validate(spec); !valid) return std::move(valid).error();
    return spec;
  }
  const Format* format = find_format(formats, spec.format);
  if (format == nullptr || !format->writable) {
    return Error{Errc::unsupported, fmt::format("format: \"{}\" can't be written. This build writes {}.",
                                                spec.format, writable_format_names(formats))};
  }
  spec.format = format->name;
  if (auto valid = validate(without_entry(spec, *format), *format); !valid) return std::move(valid).error();
  return spec;
}

}  // namespace convert::engine
