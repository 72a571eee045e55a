// SPDX-License-Identifier: MIT
#include "api/support/responses.hpp"

#include <fmt/format.h>
#include <utility>

#include "base/json_writer.hpp"
#include "http/message/content_disposition.hpp"
#include "http/message/field_values.hpp"

namespace convert::server::api {
namespace {

/// SVG is excluded, since it may contain scripts.
struct MediaTypeRow {
  std::string_view extension;
  std::string_view type;
};

constexpr MediaTypeRow kFallbackMediaTypes[] = {
    {"apng", "image/apng"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"gif", "image/gif"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"ico", "image/vnd.microsoft.icon"},
    {"jpe", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"jxl", "image/jxl"},
    {"png", "image/png"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"webp", "image/webp"},
    {"m4r", "audio/mp4"},
    {"mid", "audio/midi"},
    {"midi", "audio/midi"},
    {"mp1", "audio/mpeg"},
    {"ra", "audio/vnd.rn-realaudio"},
    {"spx", "audio/ogg"},
    {"divx", "video/x-msvideo"},
    {"f4v", "video/mp4"},
    {"mxf", "application/mxf"},
    {"ogv", "video/ogg"},
    {"rm", "application/vnd.rn-realmedia"},
};

}  // namespace

Response error_response(const Problem& problem) {
  Response response = problem_response(problem.status, problem.code, problem.detail);
  response.cause = problem.cause;
  if (!problem.members.empty()) {
    auto& text = std::get<std::string>(response.body);
    text.pop_back();
    text.append(",").append(problem.members).append("}");
  }
  for (const Field& field : problem.fields) response.with(field.name, field.value);
  if (problem.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*problem.retry_after).count();
    response.with("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
  }
  return response;
}

Response message(std::string_view text) {
  base::JsonWriter writer;
  writer.begin_object().key("message").text(text).end_object();
  return server::json_response(200, std::move(writer).take());
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response secret_json(std::string text) {
  return server::json_response(200, std::move(text)).with("Cache-Control", "no-store");
}

Response static_text(std::string_view type, std::shared_ptr<const std::string> text, std::string_view tag) {
  Response response;
  response.body = std::move(text);
  return std::move(response)
      .with("Content-Type", type)
      .with("ETag", tag)
      .with("Cache-Control", "public, no-cache");
}

std::string text_tag(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV's offset basis
  for (const char byte : text)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;  // FNV's prime
  return fmt::format("\"{:016x}\"", hash);
}

void set_user_content_headers(Response& response, std::string_view content_type, std::string_view file_name,
                              bool by_link, std::string_view cache_control, bool as_attachment) {
  const std::string_view type = content_type.empty() ? "application/octet-stream" : content_type;
  response.with("Content-Type", type)
      .with("Content-Disposition",
            http::content_disposition(as_attachment || !is_displayable(type), file_name))
      .with("Content-Security-Policy", "sandbox; default-src 'none'")
      .with("Cross-Origin-Resource-Policy", by_link ? "cross-origin" : "same-site")
      .with("Cache-Control", cache_control);
}

bool is_displayable(std::string_view type) {
  return type.starts_with("audio/") || type.starts_with("video/") ||
         (type.starts_with("image/") && type != "image/svg+xml");
}

std::string_view fallback_media_type(std::string_view file_name) noexcept {
  const auto dot = file_name.rfind('.');
  if (dot == file_name.npos) return {};
  const std::string_view extension = file_name.substr(dot + 1);
  for (const MediaTypeRow& row : kFallbackMediaTypes) {
    if (http::equals_ignore_case(row.extension, extension)) return row.type;
  }
  return {};
}

}  // namespace convert::server::api
