// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "media/metadata/id3v2.hpp"
#include "media/metadata/metadata.hpp"
#include "media/metadata/metadata_layout.hpp"
#include "media/metadata/tag_names.hpp"

namespace convert::media {
namespace {

class MetadataSelection {
 public:
  MetadataSelection(Metadata source, const Format& format, bool forward, std::vector<Warning>& warnings)
      : kept_(std::move(source)), format_(format), forward_(forward), warnings_(warnings) {}

  void override_tags(const std::map<std::string, std::string>& overrides);
  void drop_replay_gain();
  void drop_opus_peaks();
  void trim_chapters(std::chrono::nanoseconds start, std::optional<std::chrono::nanoseconds> end);
  void drop_unsupported_tags();
  void drop_unsupported_covers();
  void drop_excess_chapters();
  Metadata take() { return std::move(kept_); }

 private:
  /// "m4a", or "m4a, written forward-only," if that is the reason for a loss.
  std::string target() const {
    const bool seeking_helps = forward_ && (format_.name == "m4a" || format_.name == "wav");
    return std::string(format_.name) + (seeking_helps ? ", written without seeking," : "");
  }
  void warn_lost(std::string message) {
    warnings_.push_back({WarningCode::metadata_lost, std::move(message)});
  }

  Metadata kept_;
  const Format& format_;
  bool forward_;
  std::vector<Warning>& warnings_;
};

std::string join_names(const std::vector<std::string>& names) {
  constexpr std::size_t kMaxNames = 40;
  const auto shown = static_cast<std::ptrdiff_t>(std::min(names.size(), kMaxNames));
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (names.size() > kMaxNames) text += fmt::format(" and {} more", names.size() - kMaxNames);
  return text;
}

std::string size_text(std::size_t bytes) {
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 500) / 1000);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void MetadataSelection::override_tags(const std::map<std::string, std::string>& overrides) {
  for (const auto& [name, value] : overrides) {
    const std::string generic = generic_name(name);
    if (value.empty())
      kept_.tags.erase(generic);
    else
      kept_.tags.insert_or_assign(generic, repair_utf8(value));
  }
}

void MetadataSelection::drop_replay_gain() {
  const auto count = std::erase_if(kept_.tags, [](const auto& tag) { return is_replay_gain(tag.first); });
  if (count > 0) warn_lost("The replay gain of the source is dropped because the volume changes.");
}

// RFC 7845 defines tags for gains only, and advises against other replay gain tags.
void MetadataSelection::drop_opus_peaks() {
  const auto count = std::erase_if(kept_.tags, [](const auto& tag) {
    return tag.first == "replaygain_track_peak" || tag.first == "replaygain_album_peak";
  });
  if (count > 0) warn_lost("Opus cannot store replay gain peaks; the gains are kept.");
}

void MetadataSelection::trim_chapters(std::chrono::nanoseconds start,
                                      std::optional<std::chrono::nanoseconds> end) {
  std::vector<Chapter> kept;
  for (Chapter& chapter : kept_.chapters) {
    const auto last = end ? std::min(chapter.end, *end) : chapter.end;
    const auto first = std::max(chapter.start, start);
    if (last < first || (last == first && chapter.end > chapter.start)) continue;
    kept.push_back({first - start, last - start, std::move(chapter.title)});
  }
  kept_.chapters = std::move(kept);
}

void MetadataSelection::drop_unsupported_tags() {
  std::vector<std::string> names;
  std::erase_if(kept_.tags, [&](const auto& tag) {
    const bool fits = format_.capabilities.tags && supports_tag(format_, forward_, tag.first, tag.second);
    if (!fits) names.push_back(tag.first);
    return !fits;
  });
  if (names.empty()) return;
  if (!format_.capabilities.tags)
    warn_lost(fmt::format("{} cannot store tags: {} {} lost.", format_.name, join_names(names),
                          names.size() == 1 ? "is" : "are"));
  else
    warn_lost(fmt::format("{} cannot store the {} {}.", target(), names.size() == 1 ? "tag" : "tags",
                          join_names(names)));
}

void MetadataSelection::drop_unsupported_covers() {
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::erase_if(kept_.covers, [&](const Cover& cover) {
    if (supports_cover(format_, forward_, cover)) return false;
    ++count;
    bytes += cover.bytes.size();
    return true;
  });
  if (count == 0) return;
  warn_lost(fmt::format("{} cannot store {}cover art ({} {}, {}).", target(),
                        kept_.covers.empty() ? "the " : "some of the ", count,
                        count == 1 ? "picture" : "pictures", size_text(bytes)));
}

void MetadataSelection::drop_excess_chapters() {
  const std::size_t max_count = max_chapters(format_, forward_);
  const std::size_t count = kept_.chapters.size();
  if (count > max_count) {
    kept_.chapters.resize(max_count);
    if (max_count == 0)
      warn_lost(fmt::format("{} cannot store the chapters ({}).", target(), count));
    else
      warn_lost(fmt::format("{} can store at most {} chapters: {} are lost.", format_.name, max_count,
                            count - max_count));
  }
  const MetadataLayout layout = metadata_layout_of(format_);
  if (layout != MetadataLayout::id3_at_start && layout != MetadataLayout::id3_at_end) return;
  const bool cut = std::any_of(kept_.chapters.begin(), kept_.chapters.end(),
                               [](const Chapter& c) { return c.title.size() > kMaxId3ChapterTitle; });
  if (cut)
    warn_lost(fmt::format("{} stores only the first {} bytes of a chapter title.", format_.name,
                          kMaxId3ChapterTitle));
}

bool encodes_to_opus(const OutputSpec& spec, const Format& format) {
  return format.name == "opus" || (format.name == "ogg" && spec.audio_codec == "opus");
}

bool volume_changes(const OutputSpec& spec) {
  return spec.loudness.has_value() || (spec.volume.has_value() && *spec.volume != 1);
}

}  // namespace

Metadata select_metadata(Metadata source, const OutputSpec& spec, const Format& format, bool forward,
                         std::vector<Warning>& warnings) {
  if (spec.metadata == MetadataPolicy::strip) return {};
  if (spec.metadata == MetadataPolicy::replace) source = {};
  MetadataSelection selection(std::move(source), format, forward, warnings);
  if (volume_changes(spec)) selection.drop_replay_gain();
  selection.override_tags(spec.tags);
  if (encodes_to_opus(spec, format)) selection.drop_opus_peaks();
  selection.trim_chapters(spec.start.value_or(std::chrono::nanoseconds{0}), spec.end);
  selection.drop_unsupported_tags();
  selection.drop_unsupported_covers();
  selection.drop_excess_chapters();
  return selection.take();
}

}  // namespace convert::media
