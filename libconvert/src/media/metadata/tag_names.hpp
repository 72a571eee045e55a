// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace convert::media {

/// How a family of containers names its tags.
enum class TagStyle { id3, vorbis, mp4, asf };

/// The lower-case generic name of a tag as FFmpeg or a file calls it: "TSRC" -> isrc, "ALBUMARTIST" ->
/// album_artist, "lyrics-eng" -> lyrics. Names without a special meaning are only put into lower case.
std::string generic_name(std::string_view raw);

/// What `style` calls a generic name. ID3: a frame, or "TXXX:" and a description. Names that the style knows
/// nothing of are passed on (Vorbis comments: in upper case, without what they may not contain).
std::string tag_name_in(TagStyle style, std::string_view generic);

/// Whether a tag describes the file it was in, not the sound, and so never goes into another.
bool is_technical(std::string_view generic);

/// Whether it says how loud the sound is, so that it is wrong once the volume changes.
bool is_replay_gain(std::string_view generic);

/// Text that is UTF-8 in any case: what is valid stays; text without any valid sequence beyond ASCII is
/// taken for Latin-1; other invalid bytes become U+FFFD.
std::string repair_utf8(std::string_view text);

/// The value of R128_TRACK_GAIN (RFC 7845, 5.2.1: Q7.8, to reach -23 LUFS) for a ReplayGain 2 value
/// ("-6.50 dB", to reach -18 LUFS); nothing if that is no number or out of range.
std::optional<std::string> r128_gain(std::string_view replay_gain);

/// The other way round: "-6.50 dB".
std::optional<std::string> replay_gain(std::string_view r128);

}  // namespace convert::media
