// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>

#include <convert/converter.hpp>

#include "library/format_catalogue.hpp"

namespace convert::library {

/// The state of a Library: its converters and the defaults of its calls.
struct LibraryState {
  FormatCatalogue catalogue;
  Limits limits;
  unsigned threads = 1;
  std::filesystem::path temporary_folder;
};

// The calls of Library, see there. Exceptions of Converters pass through.
Result<MediaInfo> probe(const LibraryState& state, const Input& input, const ConvertOptions& user);
Result<Plan> plan(const LibraryState& state, std::span<const Input> inputs, const OutputSpec& spec,
                  const ConvertOptions& user);
Result<Report> convert(const LibraryState& state, std::span<const Input> inputs, Outputs& outputs,
                       const OutputSpec& spec, const ConvertOptions& user);

}  // namespace convert::library
