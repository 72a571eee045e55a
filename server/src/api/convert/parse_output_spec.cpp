// SPDX-License-Identifier: MIT
#include "api/convert/parse_output_spec.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <convert/output_spec.hpp>

#include "api/convert/format_list.hpp"
#include "api/support/problems.hpp"
#include "api/support/read_fields.hpp"
#include "base/json_writer.hpp"
#include "base/try.hpp"
#include "http/message/url.hpp"

namespace convert::server::api {
namespace {

/// Query parameters that are not options.
constexpr std::array<std::string_view, 4> kNonOptionArguments{"to", "options", "filename", "link"};

std::string writable_names(std::span<const Format> formats) {
  base::JsonWriter names;
  names.begin_array();
  for (const Format& format : formats) {
    if (format.writable) names.text(format.name);
  }
  names.end_array();
  return std::move(names).take();
}

/// The message lists the formats too, for clients that show only the message.
Problem unsupported_format(std::string_view requested, std::span<const Format> formats) {
  std::string names;
  for (const Format& format : formats) {
    if (format.writable) names.append(names.empty() ? "" : ", ").append(format.name);
  }
  Problem problem = make_problem(415, "unsupported_format",
                                 fmt::format("There is no format \"{}\" to convert to. Choose one of {}.",
                                             requested.substr(0, 40), names));
  problem.members = "\"formats\":" + writable_names(formats);
  return problem;
}

/// Invalid options are errors of the client: 400.
Problem bad_option(const Error& error) {
  if (error.code != Errc::invalid_argument && error.code != Errc::unsupported) return problem_of(error);
  return bad_request(to_string(error.code), error.message);
}

const Format* find_writable_format(std::span<const Format> formats, std::string_view name) {
  const Format* format = find_format(formats, name);
  return format != nullptr && format->writable ? format : nullptr;
}

Outcome<OutputSpec> check_spec(const Engine& engine, OutputSpec spec, std::string_view format) {
  const KnownFormats formats(engine);
  if (!formats) return service_starting();
  const Format* known = find_writable_format(formats.rows(), format);
  if (known == nullptr) return unsupported_format(format, formats.rows());
  if (!spec.format.empty() && find_format(formats.rows(), spec.format) != known) {
    return bad_request(
        "invalid_argument",
        fmt::format("The options contain the format \"{}\", but the target format is {}. Omit it from "
                    "the options.",
                    spec.format.substr(0, 40), known->name));
  }
  spec.format = std::string(known->name);
  auto good = engine.check_spec(std::move(spec));
  if (!good) return bad_option(good.error());
  return std::move(*good);
}

Outcome<OutputSpec> parse_options(std::optional<std::string_view> json) {
  if (!json) return OutputSpec{};
  auto spec = parse_spec(*json);
  if (!spec) return bad_option(spec.error());
  return std::move(*spec);
}

bool is_option(std::string_view name) {
  return std::find(kNonOptionArguments.begin(), kNonOptionArguments.end(), name) == kNonOptionArguments.end();
}

}  // namespace

Problem service_starting() {
  return make_problem(503, "starting", "The service is starting. Try again in a moment.",
                      std::chrono::seconds(1));
}

Outcome<OutputSpec> parse_output_spec(const Engine& engine, const Fields& fields) {
  const auto format = fields.non_empty("newFormat");
  if (!format) {
    return bad_request("no_format", "The field \"newFormat\" is missing: the target format.");
  }
  CONVERT_TRY_ASSIGN(auto spec, parse_options(fields.non_empty("options")));
  return check_spec(engine, std::move(spec), *format);
}

Outcome<void> check_file_count(const Engine& engine, const OutputSpec& spec, std::size_t files) {
  const KnownFormats formats(engine);
  const Format* format = find_format(formats.rows(), spec.format);
  if (files <= 1 || format == nullptr || format->capabilities.multiple_inputs) return {};
  return bad_request(
      "too_many_files",
      fmt::format("{} holds one file, but the task has {}. Create a task for each file, or choose an archive "
                  "such as zip.",
                  format->name, files));
}

Outcome<OutputSpec> parse_query_spec(const Engine& engine, const Request& request) {
  CONVERT_TRY_ASSIGN(const auto fields, query_fields(request, FieldContext::conversion));
  CONVERT_TRY_ASSIGN(const auto pairs, http::parse_form(request.query));
  const auto format = fields.non_empty("to");
  if (!format) {
    return bad_request("no_format", "The parameter \"to\" is missing: the target format, as in \"?to=mp3\".");
  }
  CONVERT_TRY_ASSIGN(auto spec, parse_options(fields.non_empty("options")));
  for (const Field& pair : pairs) {
    if (!is_option(pair.name)) continue;
    if (auto good = set_option(spec, pair.name, pair.value); !good) return bad_option(good.error());
  }
  return check_spec(engine, std::move(spec), *format);
}

}  // namespace convert::server::api
