// SPDX-License-Identifier: MIT
#include "api/json_body.hpp"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <set>
#include <string>
#include <vector>

#include "json/writer.hpp"

namespace convert::server::api {
namespace {

namespace bj = boost::json;

// Listens to Boost.JSON's parser. It sees numbers as they were written and every member of every object,
// neither of which a parsed value still has.
class Members {
 public:
  static constexpr std::size_t max_object_size = kMostFieldBytes;
  static constexpr std::size_t max_array_size = kMostFieldBytes;
  static constexpr std::size_t max_key_size = kMostFieldBytes;
  static constexpr std::size_t max_string_size = kMostFieldBytes;
  using error_code = bj::error_code;

  explicit Members(Fields& fields) : fields_(fields) {}

  const std::optional<Error>& refused() const noexcept { return refused_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) {
    if (names_.size() == 1) nested_.emplace();
    names_.emplace_back();
    if (nested_) nested_->begin_object();
    return true;
  }
  bool on_object_end(std::size_t, error_code& code) {
    names_.pop_back();
    if (nested_) nested_->end_object();
    if (names_.size() != 1) return true;
    std::string object = std::move(*nested_).take();
    nested_.reset();
    return member(std::move(object), code);
  }
  bool on_array_begin(error_code& code) {
    if (!nested_)
      return refuse(
          names_.empty() ? kNoObject : "A field is a list. Fields are texts, numbers, true or false.", code);
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
    if (!names_.back().insert(name).second) {
      return refuse(fmt::format("The JSON has the member \"{}\" twice. Send it once.", name), code);
    }
    if (nested_) {
      nested_->key(name);
    } else {
      name_ = std::move(name);
    }
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(bj::string_view part, std::size_t, error_code& code) {
    collect(part);
    std::string value = std::exchange(text_, {});
    if (!nested_) return member(std::move(value), code);
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
    return names_.empty() ? refuse(kNoObject, code) : true;
  }
  bool on_comment_part(bj::string_view, error_code&) { return true; }
  bool on_comment(bj::string_view, error_code&) { return true; }

 private:
  static constexpr std::string_view kNoObject =
      "The body is JSON, but no object. Send {\"field\": value, ...}.";

  bool collect(bj::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool literal(bj::string_view part, error_code& code) {
    collect(part);
    std::string written = std::exchange(text_, {});
    if (!nested_) return member(std::move(written), code);
    nested_->json(written);
    return true;
  }

  // A value of the outermost object is complete.
  bool member(std::string value, error_code& code) {
    if (names_.empty()) return refuse(kNoObject, code);
    if (auto added = fields_.add(name_, std::move(value)); !added) {
      refused_ = std::move(added).error();
      return stop(code);
    }
    return true;
  }

  bool refuse(std::string_view why, error_code& code) {
    refused_ = Error{Errc::invalid_argument, std::string(why)};
    return stop(code);
  }

  static bool stop(error_code& code) {
    code = bj::error::exception;
    return false;
  }

  Fields& fields_;
  std::vector<std::set<std::string>> names_;  // of each open object
  std::optional<json::JsonWriter> nested_;    // the object that is a member's value
  std::string name_;                          // the member of the outermost object
  std::string text_;                          // parts of a text so far
  std::optional<Error> refused_;
};

std::string sentence(const bj::error_code& code) {
  if (code == bj::error::too_deep) {
    return fmt::format("The JSON is nested more than {} levels deep.", kDeepestJson);
  }
  return fmt::format("The body is no valid JSON: {}.", code.message());
}

}  // namespace

Result<void> add_json(std::string_view text, Fields& fields) {
  bj::parse_options options;
  options.max_depth = kDeepestJson;
  bj::basic_parser<Members> parser(options, fields);
  bj::error_code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (const auto& refused = parser.handler().refused()) return *refused;
  if (!code && read < text.size()) code = bj::error::extra_data;
  if (code) return Error{Errc::invalid_argument, sentence(code)};
  return {};
}

}  // namespace convert::server::api
