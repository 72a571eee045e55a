// SPDX-License-Identifier: MIT
#include "http/compression.hpp"

#include <algorithm>
#include <utility>

#include "http/field_values.hpp"
#include "http/gzip.hpp"

namespace convert::server::http {
namespace {

constexpr std::size_t kWorthwhile = 1'024;
constexpr std::size_t kLarge = std::size_t{64} << 10;

bool is_json(const Response& answer) {
  const Field* type = field_of(answer, "Content-Type");
  return type != nullptr &&
         (type->value.starts_with("application/json") || type->value.starts_with("application/problem+json"));
}

std::string_view text_of(const Response& answer) {
  if (const auto* text = std::get_if<std::string>(&answer.body)) return *text;
  if (const auto* text = std::get_if<std::shared_ptr<const std::string>>(&answer.body)) return **text;
  return {};
}

}  // namespace

bool may_be_compressed(const Asked& asked, const Response& answer) {
  if (!is_json(answer) || text_of(answer).size() < kWorthwhile) return false;
  if (!wants_gzip(asked.field("Accept-Encoding"))) return false;
  const Field* cache = field_of(answer, "Cache-Control");
  return cache == nullptr || !list_has(cache->value, "no-store");
}

void weaken_tag(Response& answer) {
  for (Field& field : answer.fields) {
    if (same_text(field.name, "ETag") && !field.value.starts_with("W/")) field.value.insert(0, "W/");
  }
}

void vary_by_encoding(Response& answer) {
  const bool said = std::any_of(answer.fields.begin(), answer.fields.end(), [](const Field& field) {
    return same_text(field.name, "Vary") && list_has(field.value, "Accept-Encoding");
  });
  if (!said && is_json(answer)) answer.with("Vary", "Accept-Encoding");
}

Async<void> compress(const Asked& asked, Response& answer, Pool& pool) {
  vary_by_encoding(answer);
  if (!may_be_compressed(asked, answer)) co_return;
  const std::string_view text = text_of(answer);
  Result<std::string> smaller = std::string();
  if (text.size() > kLarge) {
    auto work = [text]() { return gzip(text); };
    auto waiting = pool.run(std::move(work));
    smaller = co_await std::move(waiting);
  } else {
    smaller = gzip(text);
  }
  if (!smaller || smaller->size() >= text.size()) co_return;  // plain is as good
  answer.body = std::move(*smaller);
  answer.with("Content-Encoding", "gzip");
  weaken_tag(answer);
}

}  // namespace convert::server::http
