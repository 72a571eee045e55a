// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "archive/archive_conversion.hpp"
#include "base/temporary_file.hpp"

namespace convert::archive {
namespace {

/// An entry's bytes, wherever they go. True: all came; false: the input was cut, and what came is kept.
template <class Put, class Survives>
Result<bool> read_entry(EntrySource& source, std::uint64_t& bytes, Put put, Survives can_keep_partial) {
  for (;;) {
    auto block = source.read();
    if (!block) {
      if (can_keep_partial(block.error())) return false;
      return block.error();
    }
    if (block->empty()) return true;
    if (auto stored = put(*block); !stored) return stored.error();
    bytes += block->size();
  }
}

Error wrong_size(const std::string& name, std::uint64_t declared, std::uint64_t found) {
  return {Errc::corrupt_input,
          fmt::format(
              "\"{}\" has {} bytes, but said that it has {}. If it was changed while it was read, try again.",
              name, found, declared)};
}

}  // namespace

Result<ArchiveConversion::Continue> ArchiveConversion::copy(const Entry& entry) {
  std::uint64_t bytes = 0;
  const auto keep_partial = [&](const Error& error) { return can_keep_partial(error, bytes); };
  std::unique_ptr<base::TemporaryFile> spooled;
  auto whole = Result<bool>(true);
  Entry sized{
      EntryHandle(archive_entry_clone(entry.meta.get())), entry.name, entry.kind, {}, entry.size, false};
  if (!entry.size && needs_sizes(target_)) {
    auto file = base::TemporaryFile::create(context_.options());
    if (!file) return file.error();
    spooled = *std::move(file);
    const auto spool = [&](std::span<const std::byte> block) {
      const auto checked = context_.checkpoint();
      return checked ? spooled->write_at(bytes, block) : checked;
    };
    whole = read_entry(source_->entries(), bytes, spool, keep_partial);
    if (!whole) return whole.error();
    sized.size = bytes;
    if (auto stored = store_spooled(sized, *spooled); !stored) return stored.error();
  } else {
    if (auto started = writer_->start_entry(sized); !started) return started.error();
    const auto write = [&](std::span<const std::byte> block) { return writer_->write(block); };
    whole = read_entry(source_->entries(), bytes, write, keep_partial);
    if (!whole) return whole.error();
    if (*whole && entry.size && bytes != *entry.size) return wrong_size(entry.name, *entry.size, bytes);
    if (auto ended = writer_->finish_entry(); !ended) return ended.error();
  }
  if (!*whole) {
    warn_truncated(&entry, bytes);
    return Continue::no;
  }
  ++complete_entries_;
  return Continue::yes;
}

Result<void> ArchiveConversion::store_spooled(const Entry& entry, Reader& bytes) {
  if (auto started = writer_->start_entry(entry); !started) return started;
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (std::uint64_t offset = 0;;) {
    auto got = bytes.read_at(offset, buffer);
    if (!got) return got.error();
    if (*got == 0) break;
    if (auto written = writer_->write(std::span(buffer).first(*got)); !written) return written;
    offset += *got;
  }
  return writer_->finish_entry();
}

void ArchiveConversion::warn_truncated(const Entry* entry, std::uint64_t bytes) {
  if (entry == nullptr) {
    context_.warn(
        WarningCode::truncated,
        fmt::format("The input ends too early: the {} entries before that are kept.", complete_entries_));
    return;
  }
  const bool filled = entry->size && needs_sizes(target_);
  context_.warn(
      WarningCode::truncated,
      fmt::format("The input ends too early: of \"{}\" only the first {} bytes are there{}.", entry->name,
                  bytes,
                  filled ? fmt::format(", zeros take the place of the other {}", *entry->size - bytes) : ""));
}

}  // namespace convert::archive
