// SPDX-License-Identifier: MIT
#include "http/content/cors.hpp"

#include <algorithm>
#include <utility>

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr const char* kExposedFields =
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Link, Location, "
    "Retry-After, X-Request-Id";
constexpr const char* kAllowedFields =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Range, "
    "If-Unmodified-Since, Last-Event-ID, Range, X-Request-Id";

std::optional<std::string_view> find_field(std::span<const FieldView> fields, std::string_view name) {
  for (const FieldView& field : fields) {
    if (equals_ignore_case(field.name, name)) return field.value;
  }
  return {};
}

}  // namespace

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
  any_origin_ = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
}

/// The value of Access-Control-Allow-Origin; empty: no such field.
std::string Cors::allowed(std::span<const FieldView> request) const {
  if (any_origin_) return "*";
  const auto origin = find_field(request, "Origin");
  if (!origin) return {};
  const auto listed = std::find_if(origins_.begin(), origins_.end(), [&](const std::string& known) {
    return equals_ignore_case(known, *origin);
  });
  return listed == origins_.end() ? std::string() : std::string(*origin);
}

std::vector<Field> Cors::response_fields(std::span<const FieldView> request) const {
  std::vector<Field> result;
  if (disabled()) return result;
  if (!any_origin_) result.push_back({"Vary", "Origin"});
  std::string origin = allowed(request);
  if (origin.empty()) return result;
  result.push_back({"Access-Control-Allow-Origin", std::move(origin)});
  result.push_back({"Access-Control-Expose-Headers", kExposedFields});
  return result;
}

std::optional<std::vector<Field>> Cors::preflight(Method method, std::span<const FieldView> request,
                                                  std::string_view allow) const {
  if (disabled() || method != Method::options || !find_field(request, "Origin")) return {};
  if (!find_field(request, "Access-Control-Request-Method")) return {};
  std::string origin = allowed(request);
  if (origin.empty()) return {};
  std::vector<Field> result;
  if (!any_origin_) result.push_back({"Vary", "Origin"});
  result.push_back({"Access-Control-Allow-Origin", std::move(origin)});
  result.push_back({"Access-Control-Allow-Methods", std::string(allow)});
  result.push_back({"Access-Control-Allow-Headers", kAllowedFields});
  result.push_back({"Access-Control-Max-Age", "600"});
  return result;
}

}  // namespace convert::server::http
