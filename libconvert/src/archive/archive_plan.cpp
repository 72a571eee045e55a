// SPDX-License-Identifier: MIT
#include "archive/archive_plan.hpp"

#include <fmt/format.h>

#include "archive/archive_listing.hpp"
#include "base/try.hpp"

namespace convert::archive {
namespace {

/// Estimated size ratio and speed on one core of a 2020s server.
struct Cost {
  double ratio;
  double bytes_per_second;
};

Cost compression_cost(ArchiveFormat archive_format) {
  switch (archive_format.compression) {
    case Compression::gzip:
      return {0.5, 40e6};
    case Compression::bzip2:
      return {0.45, 12e6};
    case Compression::xz:
      return {0.4, 4e6};
    case Compression::zstd:
      return {0.5, 200e6};
    case Compression::none:
      break;
  }
  if (archive_format.container == Container::zip) return {0.5, 40e6};
  if (archive_format.container == Container::seven_zip) return {0.4, 3e6};
  return {1.0, 1e9};
}

constexpr double kUnpackSpeed = 150e6;

void estimate(Plan& plan, ArchiveFormat target, std::optional<std::uint64_t> packed,
              std::optional<std::uint64_t> unpacked) {
  const auto bytes = unpacked ? unpacked : packed;
  if (!bytes) return;
  const auto cost = compression_cost(target);
  const auto plain = static_cast<double>(*bytes);
  const bool repacked = packed && unpacked && *packed < *unpacked && cost.ratio < 1;
  plan.size = repacked ? *packed : static_cast<std::uint64_t>(plain * cost.ratio);
  plan.cpu_seconds = plain / cost.bytes_per_second + (repacked ? plain / kUnpackSpeed : 0);
}

Error too_many_files_error(const ArchiveListing& found, ArchiveFormat target) {
  const auto& row = format_row(target);
  return {
      Errc::invalid_argument,
      fmt::format("The archive has {} files, but {} can hold only one. Choose {}, zip or 7z, or select one "
                  "with entry=NAME.",
                  found.files, row.name,
                  target.compression == Compression::none ? "tar" : fmt::format("tar.{}", row.name))};
}

Result<void> plan_single_input(const Input& input, const OutputSpec& spec, ArchiveFormat target,
                               ConversionContext& context, Plan& plan) {
  const bool whole = spec.entry.empty();
  CONVERT_TRY_ASSIGN(auto found,
                     list_archive(input, {.documents_are_archives = !whole, .strict = whole}, context));
  const auto archive_format = found.archive_format;
  if (!whole && !archive_format) {
    return Error{Errc::unrecognized_input, "entry: the input is not an archive; omit entry."};
  }
  const bool single = target.container == Container::single_file;
  if (single && whole && found.complete && found.files > 1) return too_many_files_error(found, target);
  plan.streams.push_back(
      stream_plan(0, archive_format ? format_row(*archive_format).name : "file", target, spec));
  const bool listed_at_end = archive_format && (archive_format->container == Container::zip ||
                                                archive_format->container == Container::seven_zip);
  const bool size_unknown =
      archive_format ? archive_format->container == Container::single_file : !input.reader->size();
  plan.spools_input = (listed_at_end && !input.reader->seekable()) || (size_unknown && needs_sizes(target));
  if (!found.complete) {
    context.warn(WarningCode::incomplete, "Some entries are unknown until the whole input is read.");
  }
  if (whole) estimate(plan, target, input.reader->size(), found.unpacked);
  return {};
}

void plan_file_inputs(std::span<const Input> inputs, const OutputSpec& spec, ArchiveFormat target,
                      Plan& plan) {
  std::optional<std::uint64_t> total = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto size = inputs[i].reader->size();
    plan.streams.push_back(stream_plan(static_cast<int>(i), "file", target, spec));
    plan.spools_input = plan.spools_input || (!size && needs_sizes(target));
    total = total && size ? std::optional(*total + *size) : std::nullopt;
  }
  estimate(plan, target, {}, total);
}

}  // namespace

StreamPlan stream_plan(int input, std::string_view from, ArchiveFormat target, const OutputSpec& spec) {
  StreamPlan stream;
  stream.input = input;
  stream.kind = StreamKind::data;
  stream.source_codec = from;
  stream.target_codec = format_row(target).name;
  const bool file = from == "file";
  const bool raw = target == ArchiveFormat{};
  stream.action = raw ? StreamAction::copy : StreamAction::encode;
  if (!spec.entry.empty()) {
    stream.reason = fmt::format("the entry \"{}\" is extracted", spec.entry);
  } else if (raw) {
    stream.reason = file ? "stored unchanged" : "its only file is extracted";
  } else {
    stream.reason = file ? "packed unchanged" : "its entries are repacked";
  }
  return stream;
}

Result<Plan> plan_archive(std::span<const Input> inputs, const OutputSpec& spec, ArchiveFormat target,
                          ConversionContext& context) {
  Plan plan;
  plan.format = format_row(target).name;
  if (inputs.size() == 1) {
    CONVERT_TRY(plan_single_input(inputs[0], spec, target, context, plan));
  } else {
    plan_file_inputs(inputs, spec, target, plan);
  }
  return plan;
}

}  // namespace convert::archive
