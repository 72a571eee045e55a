// SPDX-License-Identifier: MIT
#pragma once

#include <convert/media_info.hpp>

#include "media/demuxer.hpp"

namespace convert::media {

/// Everything that an opened source says of itself.
MediaInfo describe_media(Demuxer& demuxer, const Input& input);

}  // namespace convert::media
