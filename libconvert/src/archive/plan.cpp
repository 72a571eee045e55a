// SPDX-License-Identifier: MIT
#include "archive/plan.hpp"

#include <fmt/format.h>

#include "archive/survey.hpp"

namespace convert::archive {
namespace {

/// Rough figures for one core of a 2020s server: how small things get, and how fast.
struct Cost {
  double ratio;
  double bytes_per_second;
};

Cost cost_of(Shape shape) {
  switch (shape.filter) {
    case Filter::gzip:
      return {0.5, 40e6};
    case Filter::bzip2:
      return {0.45, 12e6};
    case Filter::xz:
      return {0.4, 4e6};
    case Filter::zstd:
      return {0.5, 200e6};
    case Filter::none:
      break;
  }
  if (shape.container == Container::zip) return {0.5, 40e6};
  if (shape.container == Container::seven_zip) return {0.4, 3e6};
  return {1.0, 1e9};
}

constexpr double kUnpackSpeed = 150e6;

void estimate(Plan& plan, Shape target, std::optional<std::uint64_t> packed,
              std::optional<std::uint64_t> unpacked) {
  const auto bytes = unpacked ? unpacked : packed;
  if (!bytes) return;
  const auto cost = cost_of(target);
  const auto plain = static_cast<double>(*bytes);
  const bool repacked = packed && unpacked && *packed < *unpacked && cost.ratio < 1;
  plan.size = repacked ? *packed : static_cast<std::uint64_t>(plain * cost.ratio);
  plan.effort = plain / cost.bytes_per_second + (repacked ? plain / kUnpackSpeed : 0);
}

Error too_many(const Survey& found, Shape target) {
  const auto& row = row_of(target);
  return {Errc::invalid_argument,
          fmt::format("The archive has {} files, and {} holds one. Choose {}, zip or 7z, or name the one "
                      "with entry=NAME.",
                      found.files, row.name,
                      target.filter == Filter::none ? "tar" : fmt::format("tar.{}", row.name))};
}

Result<void> plan_one(const Input& input, const OutputSpec& spec, Shape target, Context& context,
                      Plan& plan) {
  const bool whole = spec.entry.empty();
  auto found = survey(input, {.documents_are_archives = !whole, .refuse = whole}, context);
  if (!found) return found.error();
  const auto shape = found->shape;
  if (!whole && !shape) {
    return Error{Errc::unrecognized_input,
                 "The input is no archive, so that no entry can be taken out of it: leave entry away."};
  }
  const bool single = target.container == Container::file;
  if (single && whole && found->complete && found->files > 1) return too_many(*found, target);
  plan.streams.push_back(stream_plan(0, shape ? row_of(*shape).name : "file", target, spec));
  const bool listed_at_end =
      shape && (shape->container == Container::zip || shape->container == Container::seven_zip);
  const bool size_unknown = shape ? shape->container == Container::file : !input.bytes->size();
  plan.spools_input = (listed_at_end && !input.bytes->seekable()) || (size_unknown && needs_sizes(target));
  if (!found->complete) {
    context.warn(WarningCode::incomplete, "Not all entries could be seen without reading the whole input.");
  }
  if (whole) estimate(plan, target, input.bytes->size(), found->unpacked);
  return {};
}

void plan_files(std::span<const Input> inputs, const OutputSpec& spec, Shape target, Plan& plan) {
  std::optional<std::uint64_t> total = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto size = inputs[i].bytes->size();
    plan.streams.push_back(stream_plan(static_cast<int>(i), "file", target, spec));
    plan.spools_input = plan.spools_input || (!size && needs_sizes(target));
    total = total && size ? std::optional(*total + *size) : std::nullopt;
  }
  estimate(plan, target, {}, total);
}

}  // namespace

StreamPlan stream_plan(int input, std::string_view from, Shape target, const OutputSpec& spec) {
  StreamPlan stream;
  stream.input = input;
  stream.kind = StreamKind::data;
  stream.from = from;
  stream.to = row_of(target).name;
  const bool file = from == "file";
  const bool raw = target == Shape{};
  stream.action = raw ? Action::copy : Action::encode;
  if (!spec.entry.empty()) {
    stream.reason = fmt::format("the entry \"{}\" is taken out", spec.entry);
  } else if (raw) {
    stream.reason = file ? "stored as it is" : "the one file in it is taken out";
  } else {
    stream.reason = file ? "packed as it is" : "its entries are packed again";
  }
  return stream;
}

Result<Plan> make_plan(std::span<const Input> inputs, const OutputSpec& spec, Shape target,
                       Context& context) {
  Plan plan;
  plan.format = row_of(target).name;
  if (inputs.size() == 1) {
    if (auto planned = plan_one(inputs[0], spec, target, context, plan); !planned) return planned.error();
  } else {
    plan_files(inputs, spec, target, plan);
  }
  return plan;
}

}  // namespace convert::archive
