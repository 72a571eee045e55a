// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/converter.hpp>

namespace convert::media {

/// The built-in Converter for audio (and, later, video and images), based on FFmpeg's libraries.
std::unique_ptr<Converter> make_media_converter();

}  // namespace convert::media
