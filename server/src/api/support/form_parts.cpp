// SPDX-License-Identifier: MIT
#include "api/support/form_parts.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "api/support/json_body.hpp"
#include "http/message/content_disposition.hpp"
#include "http/message/multipart_parser.hpp"
#include "base/utf8.hpp"

namespace convert::server::api {
namespace {

using MultipartKind = http::MultipartParser::Kind;

Error form_error(std::string_view why) { return {Errc::invalid_argument, std::string(why)}; }

// The part that is being read: a text field, or a file, whose bytes go nowhere.
struct FormPart {
  std::string name;
  std::string value;
  bool file = false;
};

Result<FormPart> parse_part_header(const http::MultipartParser& parts) {
  const auto disposition = http::parse_disposition(parts.field("Content-Disposition").value_or(""));
  if (!disposition) return disposition.error();
  if (disposition->type != "form-data" || !disposition->name) {
    return form_error(
        "A part of the form has no name: give each a Content-Disposition of form-data with one.");
  }
  if (disposition->name->size() > kMaxFieldNameBytes) return form_error("The name of a field is too long.");
  return FormPart{*disposition->name, {}, disposition->filename.has_value()};
}

Result<void> add_part(FormPart part, Fields& fields) {
  if (part.file) return {};
  if (!base::is_utf8(part.value)) return form_error("The value of a field is not UTF-8.");
  return fields.add(part.name, std::move(part.value));
}

}  // namespace

Result<void> add_multipart(std::string_view boundary, std::string_view body, Fields& fields) {
  if (!http::MultipartParser::is_boundary(boundary))
    return form_error("The Content-Type has no boundary that can be one.");
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
        auto begun = parse_part_header(parts);
        if (!begun) return std::move(begun).error();
        part = std::move(*begun);
        break;
      }
      case MultipartKind::data:
        if (!part.file) part.value.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
        break;
      case MultipartKind::part_end:
        if (auto added = add_part(std::move(part), fields); !added) return added;
        break;
      case MultipartKind::end:
        break;
      case MultipartKind::bad:
        return form_error(step.reason);
    }
  }
}

}  // namespace convert::server::api
