// SPDX-License-Identifier: MIT
#include "http/content/response_compression.hpp"

#include <algorithm>
#include <utility>

#include "http/message/field_values.hpp"
#include "http/content/gzip.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kMinCompressedBytes = 1'024;
constexpr std::size_t kMinPooledBytes = std::size_t{64} << 10;

bool is_json(const Response& response) {
  const Field* type = find_field(response, "Content-Type");
  return type != nullptr &&
         (type->value.starts_with("application/json") || type->value.starts_with("application/problem+json"));
}

std::string_view body_text(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  if (const auto* text = std::get_if<std::shared_ptr<const std::string>>(&response.body)) return **text;
  return {};
}

}  // namespace

bool may_be_compressed(const RequestView& request, const Response& response) {
  if (!is_json(response) || body_text(response).size() < kMinCompressedBytes) return false;
  if (!prefers_gzip(request.field("Accept-Encoding"))) return false;
  const Field* cache = find_field(response, "Cache-Control");
  return cache == nullptr || !list_contains(cache->value, "no-store");
}

void weaken_etag(Response& response) {
  for (Field& field : response.fields) {
    if (equals_ignore_case(field.name, "ETag") && !field.value.starts_with("W/")) field.value.insert(0, "W/");
  }
}

void add_vary_accept_encoding(Response& response) {
  const bool present = std::any_of(response.fields.begin(), response.fields.end(), [](const Field& field) {
    return equals_ignore_case(field.name, "Vary") && list_contains(field.value, "Accept-Encoding");
  });
  if (!present && is_json(response)) response.with("Vary", "Accept-Encoding");
}

Async<void> compress(const RequestView& request, Response& response, BlockingPool& pool) {
  add_vary_accept_encoding(response);
  if (!may_be_compressed(request, response)) co_return;
  const std::string_view text = body_text(response);
  Result<std::string> compressed = std::string();
  if (text.size() > kMinPooledBytes) {
    auto work = [text]() { return gzip(text); };
    auto waiting = pool.run(std::move(work));
    compressed = co_await std::move(waiting);
  } else {
    compressed = gzip(text);
  }
  if (!compressed || compressed->size() >= text.size()) co_return;  // plain is as good
  response.body = std::move(*compressed);
  response.with("Content-Encoding", "gzip");
  weaken_etag(response);
}

}  // namespace convert::server::http
