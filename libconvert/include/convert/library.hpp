// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <convert/converter.hpp>
#include <convert/export.hpp>

namespace convert {

struct LibraryOptions {
  /// Additional converters. They take precedence over the built-in ones: a format of the same name replaces
  /// ours.
  std::vector<std::shared_ptr<const Converter>> converters{};
  bool built_in = true;                      ///< include media and archives
  Limits limits{};                           ///< for calls that set none
  unsigned threads = 0;                      ///< for each call; 0: one for each CPU core
  std::filesystem::path temporary_folder{};  ///< for spooled inputs and outputs; default: the system's
};

/// What the conversions of one process share: converters, limits, threads, the folder for temporary files.
/// There are no globals; create as many as you need. All member functions are thread-safe. A call runs in the
/// caller's thread and blocks until it is done.
///
/// FFmpeg has one process-wide setting, its log callback. The first Library suppresses what FFmpeg would
/// print to standard error from libconvert's threads, and nothing else.
class CONVERT_API Library {
 public:
  explicit Library(LibraryOptions options = {});
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// The formats of all converters. Valid for the lifetime of the Library.
  std::span<const Format> formats() const noexcept;

  /// The format with that name or extension (any case, with or without a leading dot), or null. "tar.gz" and
  /// "tgz" are extensions too.
  const Format* find_format(std::string_view name) const noexcept;

  /// The format for a file name's extension, or null. The longest extension wins: "a.tar.gz" is "tar.gz".
  const Format* format_for_file_name(const std::filesystem::path& name) const noexcept;

  /// Describes the input by its content. `input.name` is used only in messages. Errors: `empty_input`,
  /// `unrecognized_input`, `truncated_input`, `corrupt_input`, `encrypted_input`, `external_reference`,
  /// `limit_exceeded`, and those of the Reader.
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options = {}) const;
  Result<MediaInfo> probe(Reader& reader, const ConvertOptions& options = {}) const;

  /// Describes what `convert` would do. Errors: those that `convert` returns before it writes.
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options = {}) const;

  /// Converts inputs into outputs. Commits either every output or none. Errors: `invalid_argument` and
  /// `unsupported` for the spec, those of `probe` for the input, `no_such_stream`, `unsafe_path`,
  /// `decompression_bomb`, `cancelled`, `deadline_exceeded`, and those of Readers, Writers and Outputs
  /// unchanged.
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options = {}) const;

  /// Converts one file into another. If `spec.format` is empty, the extension of `output` selects the format.
  Result<Report> convert_file(const std::filesystem::path& input, const std::filesystem::path& output,
                              OutputSpec spec = {}, const ConvertOptions& options = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert
