// SPDX-License-Identifier: MIT
#include "archive/archive_converter.hpp"

#include <fmt/format.h>

#include "archive/content.hpp"
#include "archive/context.hpp"
#include "archive/conversion.hpp"
#include "archive/formats.hpp"
#include "archive/locale.hpp"
#include "archive/plan.hpp"
#include "archive/survey.hpp"

namespace convert::archive {
namespace {

constexpr int kCertain = 100;
constexpr int kDocument = 60;  // a ZIP to us, perhaps more to another Converter

std::optional<std::uint64_t> total_size(std::span<const Input> inputs) {
  std::uint64_t total = 0;
  for (const auto& input : inputs) {
    const auto size = input.bytes->size();
    if (!size) return {};
    total += *size;
  }
  return total;
}

Result<Shape> target_of(std::span<const Input> inputs, const OutputSpec& spec) {
  const auto* row = find(spec.format);
  if (row == nullptr) {
    return Error{Errc::unsupported, fmt::format("format: \"{}\" is no format for archives.", spec.format)};
  }
  const auto shape = shape_of(*row);
  const auto highest = highest_level(shape);
  if (spec.level && !highest) {
    return Error{Errc::invalid_argument,
                 fmt::format("level: {} does not compress. Leave it away.", row->name)};
  }
  if (spec.level && (*spec.level < 0 || *spec.level > *highest)) {
    return Error{Errc::invalid_argument, fmt::format("level: {} takes 0 to {}.", row->name, *highest)};
  }
  if (inputs.empty()) return Error{Errc::invalid_argument, "There is no input: name at least one file."};
  if (inputs.size() > 1 && !spec.entry.empty()) {
    return Error{Errc::invalid_argument, "entry: it can be taken out of one archive, not of several inputs."};
  }
  if (inputs.size() > 1 && shape.container == Container::file) {
    return Error{
        Errc::invalid_argument,
        fmt::format("There are {} inputs, and {} holds one file. Choose {}, zip or 7z.", inputs.size(),
                    row->name, shape.filter == Filter::none ? "tar" : fmt::format("tar.{}", row->name))};
  }
  return shape;
}

class ArchiveConverter : public Converter {
 public:
  std::span<const Format> formats() const override { return archive::formats(); }

  int recognize(std::span<const std::byte> head) const override {
    if (!recognize_head(head)) return 0;
    return begins_as_zip_document(head) ? kDocument : kCertain;
  }

  Result<MediaInfo> probe(const Input& input, const ConvertOptions& options) const override;

  Result<Plan> plan(std::span<const Input> inputs, const OutputSpec& spec,
                    const ConvertOptions& options) const override {
    auto target = target_of(inputs, spec);
    if (!target) return target.error();
    const LocaleGuard guard(locale_);
    Context context(options, total_size(inputs));
    auto plan = make_plan(inputs, spec, *target, context);
    context.finish_warnings();
    return plan;
  }

  Result<Report> convert(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                         const ConvertOptions& options) const override {
    auto target = target_of(inputs, spec);
    if (!target) return target.error();
    const LocaleGuard guard(locale_);
    Context context(options, total_size(inputs));
    return Conversion(inputs, outputs, spec, *target, context).run();
  }

 private:
  Utf8Locale locale_;
};

Result<MediaInfo> ArchiveConverter::probe(const Input& input, const ConvertOptions& options) const {
  const LocaleGuard guard(locale_);
  Context context(options, input.bytes->size());
  auto found = survey(input, {}, context);
  if (!found) return found.error();
  if (!found->shape) {
    return Error{Errc::unrecognized_input,
                 "The input is no archive and no compressed file that can be read here."};
  }
  const auto& row = row_of(*found->shape);
  MediaInfo info;
  info.format = row.name;
  info.title = row.title;
  info.family = Family::archive;
  info.size = input.bytes->size();
  info.entries = std::move(found->entries);
  if (!found->complete) {
    context.warn(WarningCode::incomplete, "Not all entries could be seen without reading the whole input.");
  }
  context.finish_warnings();
  return info;
}

}  // namespace

std::unique_ptr<Converter> make_archive_converter() { return std::make_unique<ArchiveConverter>(); }

}  // namespace convert::archive
