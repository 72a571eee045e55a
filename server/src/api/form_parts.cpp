// SPDX-License-Identifier: MIT
#include "api/form_parts.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "api/json_body.hpp"
#include "http/disposition.hpp"
#include "http/multipart.hpp"
#include "io/utf8.hpp"

namespace convert::server::api {
namespace {

using Kind = http::Multipart::Kind;

Error bad(std::string_view why) { return {Errc::invalid_argument, std::string(why)}; }

// The part that is being read: a text field, or a file, whose bytes go nowhere.
struct Part {
  std::string name;
  std::string value;
  bool file = false;
};

Result<Part> begin_part(const http::Multipart& parts) {
  const auto disposition = http::parse_disposition(parts.field("Content-Disposition").value_or(""));
  if (!disposition) return disposition.error();
  if (disposition->type != "form-data" || !disposition->name) {
    return bad("A part of the form has no name: give each a Content-Disposition of form-data with one.");
  }
  if (disposition->name->size() > kLongestFieldName) return bad("The name of a field is too long.");
  return Part{*disposition->name, {}, disposition->filename.has_value()};
}

Result<void> end_part(Part part, Fields& fields) {
  if (part.file) return {};
  if (!io::is_utf8(part.value)) return bad("The value of a field is not UTF-8.");
  return fields.add(part.name, std::move(part.value));
}

}  // namespace

Result<void> add_multipart(std::string_view boundary, std::string_view body, Fields& fields) {
  if (!http::Multipart::is_boundary(boundary))
    return bad("The Content-Type has no boundary that can be one.");
  http::Multipart parts(boundary);
  auto rest = std::as_bytes(std::span(body));
  Part part;
  for (;;) {
    const auto step = parts.next(rest);
    switch (step.kind) {
      case Kind::more:
        if (const auto why = parts.finish()) return bad(*why);
        return {};
      case Kind::part: {
        auto begun = begin_part(parts);
        if (!begun) return std::move(begun).error();
        part = std::move(*begun);
        break;
      }
      case Kind::data:
        if (!part.file) part.value.append(reinterpret_cast<const char*>(step.data.data()), step.data.size());
        break;
      case Kind::part_end:
        if (auto added = end_part(std::move(part), fields); !added) return added;
        break;
      case Kind::end:
        break;
      case Kind::bad:
        return bad(step.why);
    }
  }
}

}  // namespace convert::server::api
