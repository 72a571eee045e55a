// SPDX-License-Identifier: MIT
#include "api/support/field_parsers.hpp"

#include <fmt/format.h>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/support/problems.hpp"
#include "base/json_writer.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "http/message/content_disposition.hpp"
#include "http/message/field_values.hpp"
#include "http/message/multipart_parser.hpp"
#include "http/message/url.hpp"

namespace convert::server::api {
namespace {

namespace bj = boost::json;

// Handler of Boost.JSON's parser. Unlike a parsed value, it sees numbers as written and repeated members.
class JsonFieldHandler {
 public:
  // Names that the parser looks for. NOLINTBEGIN(readability-identifier-naming)
  static constexpr std::size_t max_object_size = kMaxFieldBytes;
  static constexpr std::size_t max_array_size = kMaxFieldBytes;
  static constexpr std::size_t max_key_size = kMaxFieldBytes;
  static constexpr std::size_t max_string_size = kMaxFieldBytes;
  using error_code = bj::error_code;
  // NOLINTEND(readability-identifier-naming)

  explicit JsonFieldHandler(Fields& fields) : fields_(fields) {}

  const std::optional<Problem>& error() const noexcept { return error_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) {
    if (open_members_.size() == 1) nested_.emplace();
    open_members_.emplace_back();
    if (nested_) nested_->begin_object();
    return true;
  }
  bool on_object_end(std::size_t, error_code& code) {
    open_members_.pop_back();
    if (nested_) nested_->end_object();
    if (open_members_.size() != 1) return true;
    std::string object = std::move(*nested_).take();
    nested_.reset();
    return add_member(std::move(object), code);
  }
  bool on_array_begin(error_code& code) {
    if (!nested_)
      return fail(open_members_.empty() ? kNotAnObject
                                        : "A field is a list. Fields are strings, numbers, true or false.",
                  code);
    nested_->begin_array();
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    nested_->end_array();
    return true;
  }
  bool on_key_part(bj::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_key(bj::string_view part, std::size_t, error_code& code) {
    collect(part);
    std::string name = std::exchange(text_, {});
    if (!base::is_storable(name)) return fail(kNotStorable, code);
    if (!open_members_.back().insert(name).second) {
      return fail(fmt::format("The JSON object has the member \"{}\" twice. Send it once.", name), code);
    }
    if (nested_) {
      nested_->key(name);
    } else {
      member_name_ = std::move(name);
    }
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(bj::string_view part, std::size_t, error_code& code) {
    collect(part);
    std::string value = std::exchange(text_, {});
    if (!base::is_storable(value)) return fail(kNotStorable, code);
    if (!nested_) return add_member(std::move(value), code);
    nested_->text(value);
    return true;
  }
  bool on_number_part(bj::string_view part, error_code&) { return collect(part); }
  bool on_int64(std::int64_t, bj::string_view part, error_code& code) { return literal(part, code); }
  bool on_uint64(std::uint64_t, bj::string_view part, error_code& code) { return literal(part, code); }
  bool on_double(double, bj::string_view part, error_code& code) { return literal(part, code); }
  bool on_bool(bool value, error_code& code) { return literal(value ? "true" : "false", code); }
  bool on_null(error_code& code) {
    if (nested_) return literal("null", code);
    return open_members_.empty() ? fail(kNotAnObject, code) : true;
  }
  bool on_comment_part(bj::string_view, error_code&) { return true; }
  bool on_comment(bj::string_view, error_code&) { return true; }

 private:
  static constexpr std::string_view kNotStorable =
      "The JSON object has a text with NUL (\\u0000). Remove it.";
  static constexpr std::string_view kNotAnObject =
      "The body is JSON but not an object. Send {\"field\": value, ...}.";

  bool collect(bj::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool literal(bj::string_view part, error_code& code) {
    collect(part);
    std::string written = std::exchange(text_, {});
    if (!nested_) return add_member(std::move(written), code);
    nested_->json(written);
    return true;
  }

  // A value of the outermost object is complete.
  bool add_member(std::string value, error_code& code) {
    if (open_members_.empty()) return fail(kNotAnObject, code);
    if (auto added = fields_.add(member_name_, std::move(value)); !added) {
      error_ = std::move(added).error();
      return abort_parsing(code);
    }
    return true;
  }

  bool fail(std::string_view why, error_code& code) {
    error_ = problem_of(Error{Errc::invalid_argument, std::string(why)});
    return abort_parsing(code);
  }

  static bool abort_parsing(error_code& code) {
    code = bj::error::exception;
    return false;
  }

  Fields& fields_;
  std::vector<std::set<std::string>> open_members_;  // names seen in each open object
  std::optional<base::JsonWriter> nested_;           // the value of a member, if it is an object
  std::string member_name_;                          // of the outermost object
  std::string text_;                                 // the current text so far
  std::optional<Problem> error_;
};

std::string json_error_message(const bj::error_code& code) {
  if (code == bj::error::too_deep) {
    return fmt::format("The JSON is nested more than {} levels deep.", kMaxJsonDepth);
  }
  return fmt::format("The body is not valid JSON: {}.", code.message());
}

using MultipartKind = http::MultipartParser::Kind;

Error form_error(std::string_view why) { return {Errc::invalid_argument, std::string(why)}; }

// The current part: a text field, or a file, whose bytes are ignored.
struct FormPart {
  std::string name;
  std::string value;
  bool file = false;
};

Outcome<FormPart> parse_part_header(const http::MultipartParser& parts) {
  CONVERT_TRY_ASSIGN(const auto disposition,
                     http::parse_disposition(parts.field("Content-Disposition").value_or("")));
  if (disposition.type != "form-data" || !disposition.name) {
    return form_error(
        "A part of the form has no name. Each part needs a Content-Disposition of form-data with a name.");
  }
  if (disposition.name->size() > kMaxFieldNameBytes) return form_error("The name of a field is too long.");
  return FormPart{*disposition.name, {}, disposition.filename.has_value()};
}

Outcome<void> add_part(FormPart part, Fields& fields) {
  if (part.file) return {};
  if (!base::is_utf8(part.value)) return form_error("The value of a field is not UTF-8.");
  return fields.add(part.name, std::move(part.value));
}

}  // namespace

Outcome<void> add_json(std::string_view text, Fields& fields) {
  bj::parse_options options;
  options.max_depth = kMaxJsonDepth;
  bj::basic_parser<JsonFieldHandler> parser(options, fields);
  bj::error_code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (const auto& error = parser.handler().error()) return *error;
  if (!code && read < text.size()) code = bj::error::extra_data;
  if (code) return Error{Errc::invalid_argument, json_error_message(code)};
  return {};
}

Outcome<void> add_multipart(std::string_view boundary, std::string_view body, Fields& fields) {
  if (!http::MultipartParser::is_boundary(boundary))
    return form_error("Invalid boundary in the Content-Type header.");
  http::MultipartParser parts(boundary);
  auto rest = std::as_bytes(std::span(body));
  FormPart part;
  for (;;) {
    const auto step = parts.next(rest);
    switch (step.kind) {
      case MultipartKind::more:
        if (const auto why = parts.finish()) return form_error(*why);
        return {};
      case MultipartKind::part: {
        CONVERT_TRY_ASSIGN(auto started, parse_part_header(parts));
        part = std::move(started);
        break;
      }
      case MultipartKind::data:
        if (!part.file) part.value.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
        break;
      case MultipartKind::part_end:
        if (auto added = add_part(std::exchange(part, {}), fields); !added) return added;
        break;
      case MultipartKind::end:
        break;
      case MultipartKind::bad:
        return form_error(step.reason);
    }
  }
}

}  // namespace convert::server::api
