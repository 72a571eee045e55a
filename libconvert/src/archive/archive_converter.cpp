// SPDX-License-Identifier: MIT
#include "archive/archive_converter.hpp"

#include <fmt/format.h>

#include "archive/archive_conversion.hpp"
#include "archive/archive_detection.hpp"
#include "archive/archive_formats.hpp"
#include "archive/archive_listing.hpp"
#include "archive/archive_plan.hpp"
#include "archive/conversion_context.hpp"
#include "archive/libarchive.hpp"

#include "base/try.hpp"
#include "conversion/option_ranges.hpp"

namespace convert::archive {
namespace {

constexpr int kCertain = 100;
constexpr int kDocument = 60;  // a ZIP here, but perhaps a document of another Converter

std::optional<std::uint64_t> total_input_size(std::span<const Input> inputs) {
  std::uint64_t total = 0;
  for (const auto& input : inputs) {
    const auto size = input.reader->size();
    if (!size) return {};
    total += *size;
  }
  return total;
}

Result<ArchiveFormat> parse_target(std::span<const Input> inputs, const OutputSpec& spec) {
  const auto* row = find_archive_format(spec.format);
  if (row == nullptr) {
    return Error{Errc::unsupported, fmt::format("format: \"{}\" is not an archive format.", spec.format)};
  }
  const auto archive_format = archive_format_of(*row);
  CONVERT_TRY(conversion::check_option_ranges(spec, *row));
  if (inputs.empty()) return Error{Errc::invalid_argument, "There is no input: provide at least one file."};
  if (inputs.size() > 1 && !spec.entry.empty()) {
    return Error{Errc::invalid_argument, "entry: requires one archive as input, not several inputs."};
  }
  if (inputs.size() > 1 && archive_format.container == Container::single_file) {
    return Error{
        Errc::invalid_argument,
        fmt::format(
            "There are {} inputs, but {} can hold only one file. Choose {}, zip or 7z.", inputs.size(),
            row->name,
            archive_format.compression == Compression::none ? "tar" : fmt::format("tar.{}", row->name))};
  }
  return archive_format;
}

class ArchiveConverter : public Converter {
 public:
  std::span<const Format> formats() const override { return archive::formats(); }

  int recognize(std::span<const std::byte> head) const override {
    if (!detect_archive_format(head)) return 0;
    return starts_as_zip_document(head) ? kDocument : kCertain;
  }

  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override;

  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override {
    CONVERT_TRY_ASSIGN(auto target, parse_target(inputs, spec));
    const LocaleGuard guard(locale_);
    ConversionContext context(options, total_input_size(inputs));
    auto plan = plan_archive(inputs, spec, target, context);
    context.summarize_warnings();
    return plan;
  }

  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override {
    CONVERT_TRY_ASSIGN(auto target, parse_target(inputs, spec));
    const LocaleGuard guard(locale_);
    ConversionContext context(options, total_input_size(inputs));
    return ArchiveConversion(inputs, outputs, spec, target, context).run();
  }

 private:
  Utf8Locale locale_;
};

Result<MediaInfo> ArchiveConverter::probe(const Input& input, const ConvertOptions& options) const {
  const LocaleGuard guard(locale_);
  ConversionContext context(options, input.reader->size());
  CONVERT_TRY_ASSIGN(auto found, list_archive(input, {}, context));
  if (!found.archive_format) {
    return Error{Errc::unrecognized_input, "The input is not a supported archive or compressed file."};
  }
  const auto& row = format_row(*found.archive_format);
  MediaInfo info;
  info.format = row.name;
  info.title = row.title;
  info.family = Family::archive;
  info.size = input.reader->size();
  info.entries = std::move(found.entries);
  if (!found.complete) {
    context.warn(WarningCode::incomplete, "Some entries are unknown until the whole input is read.");
  }
  context.summarize_warnings();
  return info;
}

}  // namespace

std::unique_ptr<Converter> make_archive_converter() { return std::make_unique<ArchiveConverter>(); }

}  // namespace convert::archive
