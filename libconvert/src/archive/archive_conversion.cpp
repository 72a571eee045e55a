// SPDX-License-Identifier: MIT
#include "archive/archive_conversion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/archive_plan.hpp"
#include "archive/entry_names.hpp"
#include "base/temporary_file.hpp"
#include "base/try.hpp"
#include "conversion/format_lookup.hpp"

namespace convert::archive {
namespace {

/// Passes the bytes of the current entry to `put`. True: complete; false: the input is truncated, and what
/// was read is kept.
template <class Put, class Survives>
Result<bool> read_entry(EntrySource& source, std::uint64_t& bytes, Put put, Survives can_keep_partial) {
  for (;;) {
    auto block = source.read();
    if (!block) {
      if (can_keep_partial(block.error())) return false;
      return block.error();
    }
    if (block->empty()) return true;
    CONVERT_TRY(put(*block));
    bytes += block->size();
  }
}

Error wrong_size(const std::string& name, std::uint64_t declared, std::uint64_t found) {
  return {Errc::corrupt_input,
          fmt::format("\"{}\" has {} bytes, but declared {}. If it changed while it was read, try again.",
                      name, found, declared)};
}

}  // namespace

ArchiveConversion::ArchiveConversion(std::span<const Input> inputs, Outputs& outputs, const OutputSpec& spec,
                                     ArchiveFormat target, ConversionContext& context)
    : inputs_(inputs),
      outputs_(outputs),
      spec_(spec),
      target_(target),
      context_(context),
      sanitizer_(context),
      selector_(spec.entry) {}

Result<Report> ArchiveConversion::run() {
  auto input = ArchiveInput::open(inputs_, selector_.active(), Purpose::convert, context_);
  if (!input) return input.error();
  input_ = *std::move(input);
  if (selector_.active() && !input_->archive_format()) {
    return Error{Errc::unrecognized_input, "entry: the input is not an archive; omit entry."};
  }
  CONVERT_TRY(convert_entries());
  if (selector_.active() && !selector_.found()) return selector_.not_found_error();
  CONVERT_TRY(sanitizer_.finish());
  CONVERT_TRY(check_file_count());
  CONVERT_TRY(start(nullptr));
  CONVERT_TRY(writer_->close());
  return report();
}

Result<void> ArchiveConversion::convert_entries() {
  for (;;) {
    CONVERT_TRY(context_.checkpoint());
    auto next = input_->entries().next();
    if (!next) {
      if (!can_keep_partial(next.error(), 0)) return next.error();
      warn_truncated(nullptr, 0);
      return {};
    }
    if (!*next) return {};
    if (selector_.active() && !selector_.matches((*next)->name)) continue;
    CONVERT_TRY_ASSIGN(auto more, convert_entry(*std::move(*next)));
    if (more == Continue::no || selector_.active()) return {};
  }
}

Result<ArchiveConversion::Continue> ArchiveConversion::convert_entry(Entry entry) {
  // Names of inputs are safe already; names from an archive are not.
  if (input_->is_archive()) {
    CONVERT_TRY_ASSIGN(auto sanitized, sanitizer_.sanitize(entry));
    if (!sanitized) return Continue::yes;
  }
  if (entry.encrypted) {
    return Error{
        Errc::encrypted_input,
        fmt::format("The entry \"{}\" is encrypted. Unpack the archive with its password, then convert "
                    "that.",
                    entry.name)};
  }
  if (selector_.active()) {
    CONVERT_TRY(check_selected(entry));
  }
  if (single()) return convert_single_file(entry);
  const bool links = target_.container == Container::tar;
  if (entry.kind == EntryKind::hard_link && !links) replace_hard_link(entry);
  warn_metadata_losses(entry);
  return store(entry);
}

/// The target holds one file: stores the first entry and counts the others.
Result<ArchiveConversion::Continue> ArchiveConversion::convert_single_file(const Entry& entry) {
  if (entry.kind == EntryKind::symbolic_link) {
    context_.warn_limited(WarningCode::entry_skipped,
                          fmt::format("The entry \"{}\" is a link and was skipped.", entry.name));
  }
  if (entry.kind != EntryKind::file && entry.kind != EntryKind::hard_link) return Continue::yes;
  if (++files_ > 1) return Continue::yes;
  return entry.kind == EntryKind::file ? store(entry) : Result<Continue>(Continue::yes);
}

Result<void> ArchiveConversion::check_selected(const Entry& entry) const {
  switch (entry.kind) {
    case EntryKind::file:
      return {};
    case EntryKind::symbolic_link:
    case EntryKind::hard_link:
      return Error{
          Errc::invalid_argument,
          fmt::format("entry: \"{}\" is a link to \"{}\". Request that entry.", entry.name, entry.target)};
    case EntryKind::folder:
    case EntryKind::special:
      break;
  }
  return Error{Errc::invalid_argument, fmt::format("entry: \"{}\" is not a file. Name a file.", entry.name)};
}

Result<void> ArchiveConversion::check_file_count() const {
  if (!single() || files_ == 1) return {};
  if (files_ == 0)
    return Error{Errc::not_found, "The archive contains no files: there is nothing to convert."};
  const auto& row = format_row(target_);
  const auto counted = input_->archive_format() ? "The archive has" : "There are";
  const auto instead = target_.compression == Compression::none
                           ? std::string("Choose zip, 7z or tar")
                           : fmt::format("Choose tar.{}, zip or 7z", row.name);
  return Error{Errc::invalid_argument,
               fmt::format("{} {} files, but {} can hold only one. {}, or select one with entry=NAME.",
                           counted, files_, row.name, instead)};
}

/// zip and 7z do not support hard links. A symbolic link leads to the same bytes.
void ArchiveConversion::replace_hard_link(Entry& entry) {
  entry.kind = EntryKind::symbolic_link;
  entry.target = relative_target(entry.name, entry.target);
  archive_entry_set_hardlink(entry.meta.get(), nullptr);
  archive_entry_set_filetype(entry.meta.get(), AE_IFLNK);
  archive_entry_set_perm(entry.meta.get(), 0777);
  if (std::exchange(warned_hard_links_, true)) return;
  context_.warn(
      WarningCode::metadata_lost,
      fmt::format("{} does not support hard links: they became symbolic links.", format_row(target_).name));
}

void ArchiveConversion::warn_metadata_losses(const Entry& entry) {
  auto* const meta = entry.meta.get();
  if (target_.container == Container::tar || warned_losses_) return;
  const bool more = archive_entry_xattr_count(meta) > 0 || archive_entry_acl_types(meta) != 0;
  if (!more) return;
  warned_losses_ = true;
  context_.warn(
      WarningCode::metadata_lost,
      fmt::format("{} cannot store access control lists and extended attributes: they were dropped.",
                  format_row(target_).name));
}

Result<ArchiveConversion::Continue> ArchiveConversion::store(const Entry& entry) {
  CONVERT_TRY(start(&entry));
  if (entry.kind == EntryKind::file) return copy(entry);
  CONVERT_TRY(writer_->start_entry(entry));
  CONVERT_TRY(writer_->finish_entry());
  ++complete_entries_;
  return Continue::yes;
}

Result<void> ArchiveConversion::start(const Entry* first) {
  if (writer_) return {};
  output_name_ = output_name(first);
  CONVERT_TRY_ASSIGN(auto output, outputs_.create(output_name_));
  output_ = std::move(output);
  const unsigned threads = context_.is_large_input() ? std::max(context_.options().threads_now(), 1U) : 1;
  CONVERT_TRY_ASSIGN(auto writer, ArchiveWriter::open({target_, spec_.level, threads}, *output_, context_));
  writer_ = std::move(writer);
  return {};
}

/// "song.wav" becomes "song.wav.gz", as gzip names it, but "song.zip".
std::string ArchiveConversion::output_name(const Entry* first) const {
  const auto& row = format_row(target_);
  if (single() && first != nullptr) {
    auto name = last_component(first->name).value_or("file");
    if (row.extensions.empty()) return name;
    return fmt::format("{}.{}", conversion::truncated_for_extension(name), row.extensions.front());
  }
  return fmt::format("{}.{}", conversion::file_stem(formats(), safe_input_name(inputs_.front().name)),
                     row.extensions.front());
}

bool ArchiveConversion::can_keep_partial(const Error& error, std::uint64_t bytes) const {
  if (error.code != Errc::truncated_input || selector_.active()) return false;
  return input_->is_archive() ? complete_entries_ > 0 : bytes > 0;
}

Result<Report> ArchiveConversion::report() {
  context_.summarize_warnings();
  writer_.reset();
  CONVERT_TRY(output_->commit());
  const auto& row = format_row(target_);
  Report report;
  OutputReport made;
  made.name = output_name_;
  made.format = row.name;
  made.mime_type = row.mime_type;
  made.size = context_.written();
  report.outputs.push_back(std::move(made));
  const auto& archive_format = input_->archive_format();
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    report.streams.push_back(stream_plan(
        static_cast<int>(i), archive_format ? format_row(*archive_format).name : "file", target_, spec_));
  }
  return report;
}

Result<ArchiveConversion::Continue> ArchiveConversion::copy(const Entry& entry) {
  std::uint64_t bytes = 0;
  const auto keep_partial = [&](const Error& error) { return can_keep_partial(error, bytes); };
  std::unique_ptr<base::TemporaryFile> spooled;
  auto whole = Result<bool>(true);
  Entry sized{
      EntryHandle(archive_entry_clone(entry.meta.get())), entry.name, entry.kind, {}, entry.size, false};
  if (!entry.size && needs_sizes(target_)) {
    CONVERT_TRY_ASSIGN(auto file, base::TemporaryFile::create(context_.options()));
    spooled = std::move(file);
    const auto spool = [&](std::span<const std::byte> block) {
      const auto checked = context_.checkpoint();
      return checked ? spooled->write_at(bytes, block) : checked;
    };
    whole = read_entry(input_->entries(), bytes, spool, keep_partial);
    if (!whole) return whole.error();
    sized.size = bytes;
    CONVERT_TRY(store_spooled(sized, *spooled));
  } else {
    CONVERT_TRY(writer_->start_entry(sized));
    const auto write = [&](std::span<const std::byte> block) { return writer_->write(block); };
    whole = read_entry(input_->entries(), bytes, write, keep_partial);
    if (!whole) return whole.error();
    if (*whole && entry.size && bytes != *entry.size) return wrong_size(entry.name, *entry.size, bytes);
    CONVERT_TRY(writer_->finish_entry());
  }
  if (!*whole) {
    warn_truncated(&entry, bytes);
    return Continue::no;
  }
  ++complete_entries_;
  return Continue::yes;
}

Result<void> ArchiveConversion::store_spooled(const Entry& entry, Reader& bytes) {
  CONVERT_TRY(writer_->start_entry(entry));
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (std::uint64_t offset = 0;;) {
    CONVERT_TRY_ASSIGN(auto got, bytes.read_at(offset, buffer));
    if (got == 0) break;
    CONVERT_TRY(writer_->write(std::span(buffer).first(got)));
    offset += got;
  }
  return writer_->finish_entry();
}

void ArchiveConversion::warn_truncated(const Entry* entry, std::uint64_t bytes) {
  if (entry == nullptr) {
    context_.warn(
        WarningCode::truncated,
        fmt::format("The input ends early: the {} entries before its end were kept.", complete_entries_));
    return;
  }
  const bool filled = entry->size && needs_sizes(target_);
  context_.warn(WarningCode::truncated,
                fmt::format("The input ends early: \"{}\" has only its first {} bytes{}.", entry->name, bytes,
                            filled ? fmt::format("; the other {} are zeros", *entry->size - bytes) : ""));
}

}  // namespace convert::archive
