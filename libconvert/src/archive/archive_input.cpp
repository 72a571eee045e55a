// SPDX-License-Identifier: MIT
#include "archive/archive_input.hpp"

#include <fmt/format.h>

#include "archive/libarchive_reader.hpp"

namespace convert::archive {
namespace {

class ArchiveEntrySource : public EntrySource {
 public:
  ArchiveEntrySource(Container container, Reader& bytes, ConversionContext& context)
      : container_(container), context_(context), reader_(bytes), blocks_(reader_) {}

  Result<void> open();
  Result<std::optional<Entry>> next() override;
  Result<std::span<const std::byte>> read() override;

 private:
  std::string current() const {
    return name_.empty() ? "The archive" : fmt::format("The entry \"{}\"", name_);
  }

  Container container_;
  ConversionContext& context_;
  LibarchiveReader reader_;
  EntryBlockReader blocks_;
  std::string name_;
  std::uint64_t entries_ = 0;
  std::uint64_t unpacked_ = 0;
};

Result<void> ArchiveEntrySource::open() {
  auto* const handle = reader_.handle();
  switch (container_) {
    case Container::zip:
      archive_read_support_format_zip(handle);
      break;
    case Container::seven_zip:
      archive_read_support_format_7zip(handle);
      break;
    case Container::tar:
      archive_read_support_format_tar(handle);
      break;
    case Container::single_file:
      return Error{Errc::internal, "A file is no archive."};
  }
  if (reader_.open() != ARCHIVE_OK) return libarchive_read_error(reader_, "The archive");
  return {};
}

Result<std::optional<Entry>> ArchiveEntrySource::next() {
  ::archive_entry* read = nullptr;
  const int status = archive_read_next_header(reader_.handle(), &read);
  if (status == ARCHIVE_EOF) return std::optional<Entry>();
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return libarchive_read_error(
        reader_, name_.empty() ? "The archive" : fmt::format("The archive, after the entry \"{}\",", name_));
  }
  if (auto checked = context_.check_entries(++entries_); !checked) return checked.error();
  auto entry = to_entry(read, container_, context_);
  name_ = entry.name;
  blocks_.start_entry();
  if (entry.size) {
    if (auto checked = context_.check_declared_size(*entry.size, entry.name); !checked)
      return checked.error();
  }
  return std::optional(std::move(entry));
}

Result<std::span<const std::byte>> ArchiveEntrySource::read() {
  auto block = blocks_.next(current());
  if (!block) return block;
  unpacked_ += block->size();
  if (auto checked = context_.check_ratio(unpacked_); !checked) return checked.error();
  return block;
}

}  // namespace

Result<std::unique_ptr<EntrySource>> open_entries(Container container, Reader& bytes,
                                                  ConversionContext& context) {
  auto source = std::make_unique<ArchiveEntrySource>(container, bytes, context);
  if (auto opened = source->open(); !opened) return opened.error();
  return std::unique_ptr<EntrySource>(std::move(source));
}

}  // namespace convert::archive
