// SPDX-License-Identifier: MIT
#include "api/support/usual_media_types.hpp"

#include "http/message/field_values.hpp"

namespace convert::server::api {
namespace {

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
