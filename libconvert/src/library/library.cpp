// SPDX-License-Identifier: MIT

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include <convert/execution.hpp>
#include <convert/library.hpp>
#include <convert/version.hpp>

#include "archive/archive_converter.hpp"
#include "base/text.hpp"
#include "base/try.hpp"
#include "conversion/catch_exceptions.hpp"
#include "conversion/format_lookup.hpp"
#include "library/library_calls.hpp"
#include "media/media_converter.hpp"

namespace convert {
namespace fs = std::filesystem;
namespace {

library::LibraryState make_state(LibraryOptions options) {
  auto converters = std::move(options.converters);
  if (options.built_in) {
    converters.push_back(media::make_media_converter());
    converters.push_back(archive::make_archive_converter());
  }
  fs::path folder = std::move(options.temporary_folder);
  if (folder.empty()) {
    std::error_code failure;  // without one, the first conversion that needs it reports the error
    folder = fs::temp_directory_path(failure);
  }
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return library::LibraryState{library::FormatCatalogue(std::move(converters)), options.limits,
                               options.threads > 0 ? options.threads : cores, std::move(folder)};
}

}  // namespace

struct Library::State {
  library::LibraryState state;
};

Library::Library(LibraryOptions options)
    : state_(std::make_unique<State>(State{make_state(std::move(options))})) {}
Library::~Library() = default;

std::span<const Format> Library::formats() const noexcept { return state_->state.catalogue.formats(); }

const Format* Library::find_format(std::string_view name) const noexcept {
  return convert::find_format(formats(), name);
}

const Format* Library::format_for_file_name(const fs::path& name) const noexcept {
  return convert::format_for_file_name(formats(), name.native());
}

Result<MediaInfo> Library::probe(const Input& input, const ConvertOptions& options) const {
  return conversion::catch_exceptions("converter",
                                      [&]() { return library::probe(state_->state, input, options); });
}

Result<MediaInfo> Library::probe(Reader& reader, const ConvertOptions& options) const {
  return probe(Input{&reader, {}}, options);
}

Result<Plan> Library::plan(std::span<const Input> inputs, const OutputSpec& spec,
                           const ConvertOptions& options) const {
  return conversion::catch_exceptions("converter",
                                      [&]() { return library::plan(state_->state, inputs, spec, options); });
}

Result<Report> Library::convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                const ConvertOptions& options) const {
  return conversion::catch_exceptions(
      "converter", [&]() { return library::convert(state_->state, inputs, outputs, spec, options); });
}

Result<Report> Library::convert_file(const fs::path& input, const fs::path& output, OutputSpec spec,
                                     const ConvertOptions& options) const {
  if (spec.format.empty()) {
    // An entry whose name has no known extension is extracted unchanged.
    const Format* format = format_for_file_name(output);
    if (format == nullptr && !spec.entry.empty()) format = find_format("raw");
    if (format == nullptr) {
      return Error{
          Errc::invalid_argument,
          fmt::format("The name {} has no known extension. Use one of {}, or set "
                      "format=NAME.",
                      base::in_quotes(output.filename().native()), state_->state.catalogue.writable_names())};
    }
    spec.format = format->name;
  }
  CONVERT_TRY_ASSIGN(auto reader, open_file(input));
  const Input from{reader.get(), input.filename().string()};
  const auto outputs = file_output(output);
  return convert(std::span(&from, 1), *outputs, spec, options);
}

namespace {

class InProcess : public Execution {
 public:
  explicit InProcess(std::shared_ptr<const Library> library) : library_(std::move(library)) {}

  std::span<const Format> formats() const noexcept override { return library_->formats(); }
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override {
    return library_->probe(input, options);
  }
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override {
    return library_->plan(inputs, spec, options);
  }
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override {
    return library_->convert(inputs, outputs, spec, options);
  }

 private:
  std::shared_ptr<const Library> library_;
};

}  // namespace

std::shared_ptr<Execution> in_process_execution(std::shared_ptr<const Library> library) {
  return std::make_shared<InProcess>(std::move(library));
}

}  // namespace convert
