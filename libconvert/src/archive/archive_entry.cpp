// SPDX-License-Identifier: MIT
#include "archive/archive_entry.hpp"

#include <fmt/format.h>

#include "archive/entry_names.hpp"
#include "base/utf8.hpp"

namespace convert::archive {
namespace {

constexpr auto kSecond = std::chrono::nanoseconds(std::chrono::seconds(1));

/// In the thread's UTF-8 locale (see LocaleGuard), libarchive's multibyte text is UTF-8, or the stored bytes
/// if they are not valid UTF-8.
std::string to_utf8(const char* text, Container container, ConversionContext& context) {
  if (text == nullptr) return {};
  if (base::is_utf8(text)) return text;
  const bool zip = container == Container::zip;
  auto guessed = zip ? from_cp437(text) : from_latin1(text);
  context.warn_limited(
      WarningCode::damaged,
      fmt::format("The name \"{}\" is not stored in UTF-8 and was decoded as {}: it may be wrong.", guessed,
                  zip ? "code page 437" : "Latin-1"));
  return guessed;
}

EntryKind kind_of(::archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return EntryKind::hard_link;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return EntryKind::file;
    case AE_IFDIR:
      return EntryKind::folder;
    case AE_IFLNK:
      return EntryKind::symbolic_link;
    default:
      return EntryKind::special;
  }
}

}  // namespace

Entry make_file_entry(std::string name, std::optional<std::uint64_t> size, std::chrono::nanoseconds modified,
                      unsigned mode) {
  Entry entry;
  entry.meta.reset(archive_entry_new());
  entry.name = std::move(name);
  entry.size = size;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(modified);
  archive_entry_set_filetype(entry.meta.get(), AE_IFREG);
  archive_entry_set_perm(entry.meta.get(), static_cast<__LA_MODE_T>(mode));
  archive_entry_set_mtime(entry.meta.get(), seconds.count(),
                          static_cast<long>((modified - seconds) % kSecond / std::chrono::nanoseconds(1)));
  return entry;
}

Entry to_entry(::archive_entry* read, Container container, ConversionContext& context) {
  Entry entry;
  entry.meta.reset(archive_entry_clone(read));
  entry.name = to_utf8(archive_entry_pathname(read), container, context);
  entry.kind = kind_of(read);
  if (entry.kind == EntryKind::hard_link)
    entry.target = to_utf8(archive_entry_hardlink(read), container, context);
  if (entry.kind == EntryKind::symbolic_link)
    entry.target = to_utf8(archive_entry_symlink(read), container, context);
  if (entry.kind == EntryKind::file && archive_entry_size_is_set(read) != 0 &&
      archive_entry_size(read) >= 0) {
    entry.size = static_cast<std::uint64_t>(archive_entry_size(read));
  }
  entry.encrypted = archive_entry_is_encrypted(read) != 0;
  return entry;
}

EntryInfo to_entry_info(const Entry& entry) {
  EntryInfo info;
  info.name = entry.name;
  switch (entry.kind) {
    case EntryKind::file:
      info.kind = EntryInfo::Kind::file;
      break;
    case EntryKind::folder:
      info.kind = EntryInfo::Kind::folder;
      break;
    case EntryKind::symbolic_link:
    case EntryKind::hard_link:
      info.kind = EntryInfo::Kind::link;
      break;
    case EntryKind::special:
      info.kind = EntryInfo::Kind::other;
      break;
  }
  info.size = entry.size;
  info.modified = std::chrono::sys_seconds(std::chrono::seconds(archive_entry_mtime(entry.meta.get())));
  info.mode = archive_entry_perm(entry.meta.get());
  return info;
}

}  // namespace convert::archive
