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
#include "http/message/url.hpp"

namespace convert::server::api {
namespace {

/// Arguments of those calls that are no options.
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

/// A problem document with one more member.
Response with_member(Response problem, std::string_view name, std::string_view value) {
  auto& text = std::get<std::string>(problem.body);
  text.pop_back();
  text.append(",\"").append(name).append("\":").append(value).append("}");
  return problem;
}

/// The names are in the sentence too, for clients that read nothing else.
Response unsupported_format(std::string_view requested, std::span<const Format> formats) {
  std::string names;
  for (const Format& format : formats) {
    if (format.writable) names.append(names.empty() ? "" : ", ").append(format.name);
  }
  const std::string sentence = "There is no format \"" + std::string(requested.substr(0, 40)) +
                               "\" to convert to. Choose one of " + names + ".";
  return with_member(error_response(415, "unsupported_format", sentence), "formats", writable_names(formats));
}

/// Of options and how they go together: the client's to mend.
Response bad_option(const Error& error) {
  if (error.code != Errc::invalid_argument && error.code != Errc::unsupported) return error_response(error);
  return bad_request(to_string(error.code), error.message);
}

const Format* find_writable_format(std::span<const Format> formats, std::string_view name) {
  const Format* format = find_format(formats, name);
  return format != nullptr && format->writable ? format : nullptr;
}

SpecOrResponse check_spec(const Engine& engine, OutputSpec spec, std::string_view format) {
  const KnownFormats formats(engine);
  if (!formats) return service_starting();
  const Format* known = find_writable_format(formats.rows(), format);
  if (known == nullptr) return unsupported_format(format, formats.rows());
  if (!spec.format.empty() && find_format(formats.rows(), spec.format) != known) {
    return bad_request("invalid_argument",
                       fmt::format("The options say the format \"{}\", but what is asked for is {}: leave it "
                                   "out of the options.",
                                   spec.format.substr(0, 40), known->name));
  }
  spec.format = std::string(known->name);
  auto good = engine.check_spec(std::move(spec));
  if (!good) return bad_option(good.error());
  return std::move(*good);
}

Result<OutputSpec> parse_options(std::optional<std::string_view> json) {
  return json ? parse_spec(*json) : OutputSpec{};
}

std::optional<std::string_view> drop_empty(std::optional<std::string_view> value) {
  return value && value->empty() ? std::nullopt : value;
}

bool is_option(std::string_view name) {
  return std::find(kNonOptionArguments.begin(), kNonOptionArguments.end(), name) == kNonOptionArguments.end();
}

}  // namespace

Response service_starting() {
  return error_response(503, "starting",
                        "The service has just started; conversions run in a moment. Try again.",
                        std::chrono::seconds(1));
}

SpecOrResponse parse_output_spec(const Engine& engine, const Fields& fields) {
  const auto format = fields.non_empty("newFormat");
  if (!format) {
    return bad_request("no_format", "Say what the file is to become: the field \"newFormat\" is missing.");
  }
  auto spec = parse_options(fields.non_empty("options"));
  if (!spec) return bad_option(spec.error());
  return check_spec(engine, std::move(*spec), *format);
}

std::optional<Response> check_spec_fields(const Engine& engine, const Fields& fields) {
  if (!fields.non_empty("newFormat")) return {};
  auto known = parse_output_spec(engine, fields);
  if (auto* refused = std::get_if<Response>(&known)) return std::move(*refused);
  return {};
}

std::optional<Response> check_file_count(const Engine& engine, const OutputSpec& spec, std::size_t files) {
  const KnownFormats formats(engine);
  const Format* format = find_format(formats.rows(), spec.format);
  if (files <= 1 || format == nullptr || format->capabilities.multiple_inputs) return {};
  return bad_request(
      "too_many_files",
      fmt::format("{} is made of one file, and these are {}. Make a task of each, or choose an "
                  "archive such as zip to keep them together.",
                  format->name, files));
}

SpecOrResponse parse_query_spec(const Engine& engine, const Request& request) {
  if (const auto said_once = query_fields(request, FieldContext::conversion); !said_once) {
    return error_response(said_once.error());
  }
  const auto pairs = http::parse_form(request.query);
  if (!pairs) return error_response(pairs.error());
  const auto format = request.query_parameter("to");
  if (!format || format->empty()) {
    return bad_request("no_format", "Say what the file is to become: \"?to=mp3\" is missing.");
  }
  auto spec = parse_options(drop_empty(request.query_parameter("options")));
  if (!spec) return bad_option(spec.error());
  for (const Field& pair : *pairs) {
    if (!is_option(pair.name)) continue;
    if (auto good = set_option(*spec, pair.name, pair.value); !good) return bad_option(good.error());
  }
  return check_spec(engine, std::move(*spec), *format);
}

}  // namespace convert::server::api
