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
  /// Converters of your own. They come before the built-in ones: a format of the same name is yours.
  std::vector<std::shared_ptr<const Converter>> converters{};
  bool built_in = true;                      ///< media and archives
  Limits limits{};                           ///< for calls that bring none
  unsigned threads = 0;                      ///< at work in one call; 0: as many as the machine has cores
  std::filesystem::path temporary_folder{};  ///< for spooling; empty: the system's
};

/// What the conversions of one process share. There are no globals: make as many as you like.
/// Every member function is thread-safe; a call runs in the caller's thread and blocks until it is done.
///
/// (FFmpeg has one process-wide setting, its log: the first Library silences what FFmpeg would print
/// to the standard error stream from libconvert's threads, and nothing else.)
class CONVERT_API Library {
 public:
  explicit Library(LibraryOptions options = {});
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// Every format, of all converters. Lives as long as the Library.
  std::span<const Format> formats() const noexcept;

  /// The format with that name or extension (any case, a leading dot allowed), or null.
  /// "tar.gz" and "tgz" are extensions too.
  const Format* find_format(std::string_view name) const noexcept;

  /// The format that a file name's extension means ("a.tar.gz": the longest that fits), or null.
  const Format* format_for_file_name(const std::filesystem::path& name) const noexcept;

  /// What is in the input, by its content. `input.name` only serves messages.
  /// Errors: `empty_input`, `unrecognized_input`, `truncated_input`, `corrupt_input`, `encrypted_input`,
  /// `external_reference`, `limit_exceeded`, and those of the Reader.
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options = {}) const;
  Result<MediaInfo> probe(Reader& reader, const ConvertOptions& options = {}) const;

  /// What `convert` would do. Errors: as `convert` has before it writes.
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options = {}) const;

  /// Converts inputs into outputs. Either every output is committed or none is.
  /// Errors: `invalid_argument` and `unsupported` for the spec, those of `probe` for the input,
  /// `no_such_stream`, `unsafe_path`, `decompression_bomb`, `cancelled`, `deadline_exceeded`, and
  /// those of Readers, Writers and Outputs unchanged.
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options = {}) const;

  /// One file into another. Without `spec.format`, the extension of `output` says it.
  Result<Report> convert_file(const std::filesystem::path& input, const std::filesystem::path& output,
                              OutputSpec spec = {}, const ConvertOptions& options = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convert
