// SPDX-License-Identifier: MIT
#include "target_format.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "text.hpp"

namespace convert_file {
namespace {

namespace fs = std::filesystem;
using convert::Errc;
using convert::Error;

/// The name of the one file that is asked out of the input: an entry, or what "notes.txt.gz" holds.
std::string name_inside(const CommandLine& line, const convert::Library& library) {
  if (!line.spec.entry.empty()) return line.spec.entry;
  if (line.inputs.size() != 1) return {};
  const fs::path input = line.inputs[0];
  const auto* format = library.format_for_file_name(input);
  constexpr std::array<std::string_view, 4> single{"gz", "bz2", "xz", "zst"};
  const bool is_single =
      format != nullptr && std::find(single.begin(), single.end(), format->name) != single.end();
  return is_single ? input.stem().string() : std::string();
}

}  // namespace

convert::Result<std::string> target_format(const CommandLine& line, const convert::Library& library) {
  if (!line.spec.format.empty()) return line.spec.format;
  if (line.output == standard_stream) {
    return Error{Errc::invalid_argument,
                 "The standard output has no name to tell the format: say format=NAME, such as format=mp3."};
  }
  const fs::path output = line.output;
  const auto* format = library.format_for_file_name(output);
  const fs::path inside = name_inside(line, library);
  const bool same_kind = inside.extension() == output.extension() ||
                         (format != nullptr && library.format_for_file_name(inside) == format);
  // Taken out of its archive, the file has the wanted format already: its own bytes are what is meant.
  if (!inside.empty() && (format == nullptr || same_kind)) return std::string("raw");
  if (format != nullptr) return std::string(format->name);
  return Error{Errc::invalid_argument,
               fmt::format("\"{}\" does not tell the format by its extension: say format=NAME. "
                           "convert-file --formats lists them.",
                           clean(line.output))};
}

}  // namespace convert_file
