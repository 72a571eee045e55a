// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/library.hpp>

#include "support/test_files.hpp"

namespace convert::test {

inline constexpr std::array text_extensions = {std::string_view("text"), std::string_view("txt")};
inline constexpr std::array box_extensions = {std::string_view("box")};
inline constexpr std::array box_options = {std::string_view("entry")};
inline constexpr std::array old_extensions = {std::string_view("old")};

inline Format row(std::string_view name, std::string_view title, Family family,
                  std::span<const std::string_view> extensions) {
  Format format;
  format.name = name;
  format.title = title;
  format.family = family;
  format.extensions = extensions;
  format.readable = true;
  format.writable = true;
  return format;
}

/// Reads everything from offset 0.
inline Result<std::string> content(Reader& reader, const ConvertOptions& options = {}) {
  std::string all;
  std::array<std::byte, 16> block{};
  for (;;) {
    if (auto go_on = options.check_cancellation(); !go_on) return go_on.error();
    auto count = reader.read_at(all.size(), block);
    if (!count) return count.error();
    if (*count == 0) return all;
    all += text(std::span(block).first(*count));
  }
}

/// Writes and commits one output.
inline Result<void> write_output(Outputs& outputs, std::string_view name, std::string_view bytes_of_it) {
  auto writer = outputs.create(name);
  if (!writer) return writer.error();
  if (auto written = (*writer)->write_at(0, bytes(bytes_of_it)); !written) return written;
  return (*writer)->commit();
}

/// A Converter as of an embedder: an input that starts with "TEXT" is its audio, and conversion copies it.
/// Tests replace single steps.
class TextConverter : public Converter {
 public:
  using Convert = std::function<Result<Report>(std::span<const Input>, Outputs&, const OutputSpec&,
                                               const ConvertOptions&)>;
  Convert on_convert;
  std::function<Result<MediaInfo>(const Input&, const ConvertOptions&)> on_probe;
  std::function<Result<Plan>(std::span<const Input>, const OutputSpec&, const ConvertOptions&)> on_plan;
  int certainty = 100;
  Format format = row("text", "Text", Family::audio, text_extensions);

  std::span<const Format> formats() const override { return std::span(&format, 1); }
  int recognize(std::span<const std::byte> head) const override {
    return text(head).starts_with("TEXT") ? certainty : 0;
  }
  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override {
    if (on_probe) return on_probe(input, options);
    std::array<std::byte, 8> begin{};
    auto count = input.reader->read_at(0, begin);
    if (!count) return count.error();
    if (recognize(std::span(begin).first(*count)) == 0) return Error{Errc::unrecognized_input, "no text"};
    MediaInfo info;
    info.format = format.name;
    return info;
  }
  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override {
    if (on_plan) return on_plan(inputs, spec, options);
    auto info = probe(inputs.front(), options);
    if (!info) return info.error();
    Plan plan;
    plan.streams.push_back({});
    return plan;
  }
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override {
    if (on_convert) return on_convert(inputs, outputs, spec, options);
    auto all = content(*inputs.front().reader, options);
    if (!all) return all.error();
    if (!all->starts_with("TEXT")) return Error{Errc::unrecognized_input, "no text"};
    if (auto done = write_output(outputs, inputs.front().name, *all); !done) return done.error();
    Report report;
    OutputReport& made = report.outputs.emplace_back();
    made.name = inputs.front().name;
    made.format = spec.format;
    return report;
  }
};

/// An archive of one entry: "BOX!name=content".
class BoxConverter : public Converter {
 public:
  std::span<const Format> formats() const override { return formats_; }
  int recognize(std::span<const std::byte> head) const override {
    return text(head).starts_with("BOX!") ? 95 : 0;
  }
  Result<MediaInfo> probe(const Input& input, const ConvertOptions&) const override {
    std::array<std::byte, 4> begin{};
    auto count = input.reader->read_at(0, begin);
    if (!count) return count.error();
    if (recognize(begin) == 0) return Error{Errc::unrecognized_input, "no box"};
    MediaInfo info;
    info.format = "box";
    info.title = "Box archive";
    info.family = Family::archive;
    return info;
  }
  Result<Plan> plan(std::span<const Input>, const OutputSpec&, const ConvertOptions&) const override {
    return Plan{};
  }
  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override {
    auto all = content(*inputs.front().reader, options);
    if (!all) return all.error();
    options.progress({.fraction = 1.0});
    if (spec.format == "box")
      return finish(write_output(outputs, "out.box", "BOX!" + inputs.front().name + "=" + *all));
    if (!all->starts_with("BOX!")) return Error{Errc::unrecognized_input, "no box"};
    const auto equals = all->find('=');
    if (all->substr(4, equals - 4) != spec.entry) return Error{Errc::not_found, "no such entry"};
    options.warning({WarningCode::entry_skipped, "from the box"});
    return finish(write_output(outputs, spec.entry, std::string_view(*all).substr(equals + 1)));
  }

 private:
  static Result<Report> finish(const Result<void>& done) {
    if (!done) return done.error();
    return Report{};
  }

  std::array<Format, 3> formats_ = {row("box", "Box archive", Family::archive, box_extensions), raw(),
                                    read_only()};
  static Format raw() {
    Format format = row("raw", "Bytes of an entry", Family::archive, {});
    format.readable = false;
    format.options = box_options;
    return format;
  }
  static Format read_only() {
    Format format = row("oldbox", "Old box", Family::archive, old_extensions);
    format.writable = false;
    return format;
  }
};

/// A Library with these two converters.
struct TestLibrary {
  std::shared_ptr<TextConverter> text_converter = std::make_shared<TextConverter>();
  std::shared_ptr<BoxConverter> box_converter = std::make_shared<BoxConverter>();
  std::vector<std::byte> target;

  Library library(Limits limits = {}) const {
    LibraryOptions options;
    options.converters = {text_converter, nullptr, box_converter};
    options.built_in = false;
    options.limits = limits;
    options.threads = 3;
    return Library(std::move(options));
  }

  /// Converts one input to text, into `target`.
  Result<Report> convert(const Library& library, Reader& reader, OutputSpec spec = {},
                         const ConvertOptions& options = {}) {
    if (spec.format.empty()) spec.format = "text";
    const Input input{&reader, "input.text"};
    const auto outputs = single_output(memory_writer(target));
    return library.convert(std::span(&input, 1), *outputs, spec, options);
  }
  Result<Report> convert(std::string_view from, OutputSpec spec = {}, const ConvertOptions& options = {},
                         Limits limits = {}) {
    const auto reader = memory_reader(bytes(from));
    return convert(library(limits), *reader, std::move(spec), options);
  }
};

inline OutputSpec to(std::string_view format) {
  OutputSpec spec;
  spec.format = format;
  return spec;
}

}  // namespace convert::test
