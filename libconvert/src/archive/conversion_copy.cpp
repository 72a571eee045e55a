// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "archive/conversion.hpp"
#include "io/spool.hpp"

namespace convert::archive {
namespace {

/// An entry's bytes, wherever they go. True: all came; false: the input was cut, and what came is kept.
template <class Put, class Survives>
Result<bool> drain(EntrySource& source, std::uint64_t& bytes, Put put, Survives survives) {
  for (;;) {
    auto block = source.read();
    if (!block) {
      if (survives(block.error())) return false;
      return block.error();
    }
    if (block->empty()) return true;
    if (auto stored = put(*block); !stored) return stored.error();
    bytes += block->size();
  }
}

Error wrong_size(const std::string& name, std::uint64_t said, std::uint64_t found) {
  return {Errc::corrupt_input,
          fmt::format(
              "\"{}\" has {} bytes, but said that it has {}. If it was changed while it was read, try again.",
              name, found, said)};
}

}  // namespace

Result<Conversion::More> Conversion::copy(const Entry& entry) {
  std::uint64_t bytes = 0;
  const auto kept = [&](const Error& error) { return survives(error, bytes); };
  std::unique_ptr<io::TemporaryFile> spooled;
  auto whole = Result<bool>(true);
  Entry sized{
      EntryHandle(archive_entry_clone(entry.meta.get())), entry.name, entry.kind, {}, entry.size, false};
  if (!entry.size && needs_sizes(target_)) {
    auto file = io::TemporaryFile::create(context_.options());
    if (!file) return file.error();
    spooled = *std::move(file);
    const auto spool = [&](std::span<const std::byte> block) {
      const auto going = context_.step();
      return going ? spooled->write_at(bytes, block) : going;
    };
    whole = drain(source_->entries(), bytes, spool, kept);
    if (!whole) return whole.error();
    sized.size = bytes;
    if (auto stored = store_spooled(sized, *spooled); !stored) return stored.error();
  } else {
    if (auto begun = writer_->begin(sized); !begun) return begun.error();
    const auto write = [&](std::span<const std::byte> block) { return writer_->write(block); };
    whole = drain(source_->entries(), bytes, write, kept);
    if (!whole) return whole.error();
    if (*whole && entry.size && bytes != *entry.size) return wrong_size(entry.name, *entry.size, bytes);
    if (auto ended = writer_->end(); !ended) return ended.error();
  }
  if (!*whole) {
    warn_of_cut(&entry, bytes);
    return More::no;
  }
  ++whole_entries_;
  return More::yes;
}

Result<void> Conversion::store_spooled(const Entry& entry, Reader& bytes) {
  if (auto begun = writer_->begin(entry); !begun) return begun;
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (std::uint64_t offset = 0;;) {
    auto got = bytes.read_at(offset, buffer);
    if (!got) return got.error();
    if (*got == 0) break;
    if (auto written = writer_->write(std::span(buffer).first(*got)); !written) return written;
    offset += *got;
  }
  return writer_->end();
}

void Conversion::warn_of_cut(const Entry* entry, std::uint64_t bytes) {
  if (entry == nullptr) {
    context_.warn(
        WarningCode::truncated,
        fmt::format("The input ends too early: the {} entries before that are kept.", whole_entries_));
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
