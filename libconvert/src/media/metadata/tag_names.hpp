// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace convert::media {

/// A family of containers with common tag names.
enum class TagStyle { id3, vorbis, mp4, asf };

/// The generic name of a tag: "TSRC" -> isrc, "ALBUMARTIST" -> album_artist, "lyrics-eng" -> lyrics. Unknown
/// names are converted to lower case.
std::string generic_name(std::string_view raw);

/// The name of a generic tag in `style`. ID3: a frame ID, or "TXXX:" and a description. Unknown names are
/// passed through (Vorbis comments: in upper case, without invalid characters).
std::string tag_name_in(TagStyle style, std::string_view generic);

/// Whether a tag describes the source file instead of the audio. Such tags are never copied.
bool is_technical(std::string_view generic);

/// Whether the tag describes the loudness, so that it is wrong after a change of volume.
bool is_replay_gain(std::string_view generic);

/// Returns valid UTF-8. Valid text is unchanged; invalid text without any valid multi-byte sequence is
/// decoded as Latin-1; other invalid bytes become U+FFFD.
std::string repair_utf8(std::string_view text);

/// Converts a ReplayGain 2 value ("-6.50 dB", reference -18 LUFS) to R128_TRACK_GAIN (RFC 7845, 5.2.1: Q7.8,
/// reference -23 LUFS). Empty if it is not a number or out of range.
std::optional<std::string> r128_gain(std::string_view replay_gain);

/// Converts R128_TRACK_GAIN to a ReplayGain 2 value: "-6.50 dB".
std::optional<std::string> replay_gain(std::string_view r128);

}  // namespace convert::media
