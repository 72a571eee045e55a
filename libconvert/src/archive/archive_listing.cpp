// SPDX-License-Identifier: MIT
#include "archive/archive_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "archive/archive_detection.hpp"
#include "archive/archive_input.hpp"
#include "archive/entry_sanitizer.hpp"
#include "base/head_reader.hpp"
#include "base/try.hpp"

namespace convert::archive {
namespace {

constexpr std::uint64_t kForwardListingBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kSeekableListingBytes = std::uint64_t{16} << 20;
constexpr std::size_t kListingHeadSize = 512;

/// Ends after `bound` bytes and records that it did.
class LimitedReader : public Reader {
 public:
  LimitedReader(Reader& source, std::uint64_t bound) : source_(source), bound_(bound) {}
  std::optional<std::uint64_t> size() const override { return source_.size(); }
  bool seekable() const override { return source_.seekable(); }
  std::optional<int> native_handle() const override { return source_.native_handle(); }
  bool limit_reached() const { return limit_reached_; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset >= bound_) {
      limit_reached_ = true;
      return std::size_t{0};
    }
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), bound_ - offset));
    return source_.read_at(offset, into.first(count));
  }

 private:
  Reader& source_;
  std::uint64_t bound_;
  bool limit_reached_ = false;
};

/// How many bytes may be read: all of an archive with seekable headers, else only its start.
std::uint64_t listing_limit(const Reader& reader, const std::optional<ArchiveFormat>& head) {
  if (!reader.seekable()) return kForwardListingBytes;
  return head && head->compression == Compression::none ? std::numeric_limits<std::uint64_t>::max()
                                                        : kSeekableListingBytes;
}

void add_entry(ArchiveListing& found, const Entry& entry) {
  if (entry.kind == EntryKind::file || entry.kind == EntryKind::hard_link) ++found.files;
  if (entry.kind == EntryKind::file) {
    found.unpacked =
        found.unpacked && entry.size ? std::optional(*found.unpacked + *entry.size) : std::nullopt;
  }
  found.entries.push_back(to_entry_info(entry));
}

Result<void> check_entry(EntrySanitizer& sanitizer, Entry& entry) {
  CONVERT_TRY(sanitizer.sanitize(entry));
  if (!entry.encrypted) return {};
  return Error{
      Errc::encrypted_input,
      fmt::format("The entry \"{}\" is encrypted. Unpack the archive with its password, then convert that.",
                  entry.name)};
}

Result<void> list_entries(ArchiveInput& source, ListingMode mode, ConversionContext& context,
                          ArchiveListing& found) {
  EntrySanitizer sanitizer(context);
  for (;;) {
    if (found.entries.size() >= context.limits().archive_entries && !mode.strict) {
      found.complete = false;
      return {};
    }
    CONVERT_TRY_ASSIGN(auto next, source.entries().next());
    if (!next) return {};
    Entry entry = *std::move(next);
    if (mode.strict && source.is_archive()) {
      CONVERT_TRY(check_entry(sanitizer, entry));
    }
    add_entry(found, entry);
  }
}

}  // namespace

Result<ArchiveListing> list_archive(const Input& input, ListingMode mode, ConversionContext& context) {
  base::HeadReader head_reader(*input.reader, base::HeadReader::Keep::head);
  CONVERT_TRY_ASSIGN(auto head, head_reader.head(kListingHeadSize));
  const auto detected = detect_archive_format(head);
  const bool listing_unreachable =
      detected && detected->container == Container::seven_zip && !head_reader.seekable();
  LimitedReader bounded(head_reader, listing_limit(head_reader, detected));
  ArchiveListing found;
  if (listing_unreachable) {
    found.archive_format = detected;
    found.complete = false;
    found.unpacked.reset();
    return found;
  }
  const Input part{&bounded, input.name};
  auto source = ArchiveInput::open(std::span(&part, 1), mode.documents_are_archives, Purpose::list, context);
  if (!source) {
    if (!bounded.limit_reached()) return source.error();
    found.archive_format = detected;
    found.complete = false;
    return found;
  }
  found.archive_format = (*source)->archive_format();
  if (!found.archive_format) {
    found.files = 1;
    found.unpacked = input.reader->size();
    return found;
  }
  auto listed = list_entries(**source, mode, context, found);
  const bool partial_is_usable =
      bounded.limit_reached() ||
      (listed ? false : listed.error().code == Errc::truncated_input && !found.entries.empty());
  if (!listed && !partial_is_usable) return listed.error();
  if (!listed || bounded.limit_reached()) found.complete = false;
  if (!found.complete) found.unpacked.reset();
  if (!listed && !bounded.limit_reached()) {
    context.warn(WarningCode::truncated, "The input ends early: only the entries before its end are listed.");
  }
  return found;
}

}  // namespace convert::archive
