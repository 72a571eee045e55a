// SPDX-License-Identifier: MIT
#include "archive/archive_source.hpp"

#include <fmt/format.h>

#include "archive/read_handle.hpp"

namespace convert::archive {
namespace {

class ArchiveSource : public EntrySource {
 public:
  ArchiveSource(Container container, Reader& bytes, Context& context)
      : container_(container), context_(context), feed_(bytes), blocks_(feed_) {}

  Result<void> open();
  Result<std::optional<Entry>> next() override;
  Result<std::span<const std::byte>> read() override;

 private:
  std::string current() const {
    return name_.empty() ? "The archive" : fmt::format("The entry \"{}\"", name_);
  }

  Container container_;
  Context& context_;
  ReadFeed feed_;
  EntryBlocks blocks_;
  std::string name_;
  std::uint64_t entries_ = 0;
  std::uint64_t unpacked_ = 0;
};

Result<void> ArchiveSource::open() {
  auto* const handle = feed_.handle();
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
    case Container::file:
      return Error{Errc::internal, "A file is no archive."};
  }
  if (feed_.open() != ARCHIVE_OK) return read_error(feed_, "The archive");
  return {};
}

Result<std::optional<Entry>> ArchiveSource::next() {
  ::archive_entry* read = nullptr;
  const int status = archive_read_next_header(feed_.handle(), &read);
  if (status == ARCHIVE_EOF) return std::optional<Entry>();
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return read_error(
        feed_, name_.empty() ? "The archive" : fmt::format("The archive, after the entry \"{}\",", name_));
  }
  if (auto few = context_.check_entries(++entries_); !few) return few.error();
  auto entry = entry_from(read, container_, context_);
  name_ = entry.name;
  blocks_.begin_entry();
  if (entry.size) {
    if (auto fine = context_.check_claim(*entry.size, entry.name); !fine) return fine.error();
  }
  return std::optional(std::move(entry));
}

Result<std::span<const std::byte>> ArchiveSource::read() {
  auto block = blocks_.next(current());
  if (!block) return block;
  unpacked_ += block->size();
  if (auto fine = context_.check_ratio(unpacked_); !fine) return fine.error();
  return block;
}

}  // namespace

Result<std::unique_ptr<EntrySource>> open_archive(Container container, Reader& bytes, Context& context) {
  auto source = std::make_unique<ArchiveSource>(container, bytes, context);
  if (auto opened = source->open(); !opened) return opened.error();
  return std::unique_ptr<EntrySource>(std::move(source));
}

}  // namespace convert::archive
