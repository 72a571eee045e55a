// SPDX-License-Identifier: MIT
#include "archive/archive_input.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "archive/archive_detection.hpp"
#include "archive/decompression.hpp"
#include "archive/entry_names.hpp"
#include "archive/libarchive_reader.hpp"
#include "base/head_reader.hpp"
#include "base/temporary_file.hpp"
#include "base/try.hpp"
#include "conversion/format_lookup.hpp"

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
      return Error{Errc::internal, "A single file is not an archive."};
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
  CONVERT_TRY(context_.check_entries(++entries_));
  auto entry = to_entry(read, container_, context_);
  name_ = entry.name;
  blocks_.start_entry();
  if (entry.size) {
    CONVERT_TRY(context_.check_declared_size(*entry.size, entry.name));
  }
  return std::optional(std::move(entry));
}

Result<std::span<const std::byte>> ArchiveEntrySource::read() {
  auto block = blocks_.next(current());
  if (!block) return block;
  unpacked_ += block->size();
  CONVERT_TRY(context_.check_ratio(unpacked_));
  return block;
}

/// The entries of a zip, 7z or tar as they are stored. `bytes` must be seekable for zip and 7z, but a zip can
/// be listed from a forward-only Reader (without modes and links). Borrows both; `bytes` may be destroyed
/// first.
Result<std::unique_ptr<EntrySource>> open_entries(Container container, Reader& bytes,
                                                  ConversionContext& context) {
  auto source = std::make_unique<ArchiveEntrySource>(container, bytes, context);
  CONVERT_TRY(source->open());
  return std::unique_ptr<EntrySource>(std::move(source));
}

constexpr std::size_t kReadSize = std::size_t{256} << 10;
constexpr unsigned kDefaultMode = 0644;
constexpr unsigned kPermissions = 0777;

/// An input file that is stored unchanged.
struct StoredFile {
  Reader* bytes = nullptr;
  std::string name;                   ///< a safe path
  const Reader* origin = nullptr;     ///< the Reader whose descriptor may have the file's time and mode
  std::optional<std::uint32_t> mode;  ///< default: the descriptor's, else 0644
  std::optional<std::chrono::nanoseconds> modified;  ///< default: the descriptor's, else now
};

struct Attributes {
  std::chrono::nanoseconds modified = std::chrono::system_clock::now().time_since_epoch();
  unsigned mode = kDefaultMode;
};

Attributes attributes_of(const StoredFile& file) {
  Attributes found;
  struct stat status {};
  const auto descriptor = file.origin->native_handle();
  if (descriptor && ::fstat(*descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    found.modified =
        std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
    found.mode = status.st_mode & kPermissions;
  }
  if (file.mode) found.mode = *file.mode & kPermissions;
  if (file.modified) found.modified = *file.modified;
  return found;
}

class StoredFileSource : public EntrySource {
 public:
  explicit StoredFileSource(std::vector<StoredFile> files) : files_(std::move(files)), buffer_(kReadSize) {}

  Result<std::optional<Entry>> next() override {
    if (next_ == files_.size()) return std::optional<Entry>();
    const auto& file = files_[next_++];
    offset_ = 0;
    const auto attributes = attributes_of(file);
    return std::optional(
        make_file_entry(file.name, file.bytes->size(), attributes.modified, attributes.mode));
  }

  Result<std::span<const std::byte>> read() override {
    CONVERT_TRY_ASSIGN(auto got, files_[next_ - 1].bytes->read_at(offset_, buffer_));
    offset_ += got;
    return std::span<const std::byte>(buffer_).first(got);
  }

 private:
  std::vector<StoredFile> files_;
  std::vector<std::byte> buffer_;
  std::size_t next_ = 0;
  std::uint64_t offset_ = 0;
};

/// Each file as one entry. Borrows the Readers.
std::unique_ptr<EntrySource> stored_files(std::vector<StoredFile> files) {
  return std::make_unique<StoredFileSource>(std::move(files));
}

constexpr std::size_t kHeadSize = 4096;
constexpr std::size_t kInnerHeadSize = 1024;

/// The name of the file inside "song.wav.gz": without the extension of the compression.
std::string inner_name(Compression compression, const std::string& name) {
  const auto safe = safe_input_name(name);
  auto file = last_component(safe).value_or("file");
  const auto* row = convert::format_for_file_name(formats(), file);
  const bool fits = row != nullptr && archive_format_of(*row).compression == compression;
  if (!fits) return file;
  const auto base = conversion::file_stem(formats(), file);
  return archive_format_of(*row).container == Container::tar ? base + ".tar" : base;
}

Result<bool> is_document(std::span<const std::byte> head, Reader& zip) {
  if (!zip.seekable()) return starts_as_zip_document(head);
  return is_zip_document(zip);
}

}  // namespace

Result<std::unique_ptr<ArchiveInput>> ArchiveInput::open(std::span<const Input> inputs, bool as_archive,
                                                         Purpose purpose, ConversionContext& context) {
  std::unique_ptr<ArchiveInput> source(new ArchiveInput(purpose, context));
  if (inputs.empty()) return Error{Errc::invalid_argument, "There is no input: provide at least one file."};
  if (inputs.size() == 1) {
    CONVERT_TRY(source->open_one(inputs[0], as_archive));
    return source;
  }
  std::vector<StoredFile> files;
  UniqueNames names;
  for (const auto& input : inputs) {
    auto& counted = source->add_layer(std::make_unique<CountingReader>(*input.reader, context));
    files.push_back({&counted, names.add(safe_input_name(input.name)), input.reader, input.mode, {}});
  }
  source->entries_ = stored_files(std::move(files));
  return source;
}

Result<void> ArchiveInput::open_one(const Input& input, bool as_archive) {
  auto& counted = add_layer(std::make_unique<CountingReader>(*input.reader, context_));
  auto& head_reader = add_layer(std::make_unique<base::HeadReader>(counted, base::HeadReader::Keep::head));
  CONVERT_TRY_ASSIGN(auto head, head_reader.head(kHeadSize));
  if (head.empty()) return Error{Errc::empty_input, "The input is empty: there is nothing to convert."};
  const auto detected = detect_archive_format(head);
  if (detected && detected->compression != Compression::none) {
    const std::vector<std::byte> kept(head.begin(), head.end());
    return open_compressed(detected->compression, input, kept, head_reader);
  }
  if (detected && detected->container == Container::tar) return open_container(Container::tar, head_reader);
  if (detected) {
    const bool cut = detected->container == Container::seven_zip && input.reader->size() &&
                     is_truncated_seven_zip(head, *input.reader->size());
    if (cut)
      return Error{
          Errc::truncated_input,
          "The 7z archive ends early, and its list of entries is at its end. Download or export it again."};
    CONVERT_TRY_ASSIGN(auto reader, make_seekable(head_reader));
    const bool check_document = detected->container == Container::zip && !as_archive;
    CONVERT_TRY_ASSIGN(auto document, check_document ? is_document(head, *reader) : Result<bool>(false));
    if (!document) return open_container(detected->container, *reader);
    entries_ = stored_files({{reader, safe_input_name(input.name), input.reader, input.mode, {}}});
    return {};
  }
  if (is_empty_tar(head, input.name)) return open_container(Container::tar, head_reader);
  entries_ = stored_files({{&head_reader, safe_input_name(input.name), input.reader, input.mode, {}}});
  return {};
}

Result<void> ArchiveInput::open_compressed(Compression compression, const Input& input,
                                           std::span<const std::byte> head, Reader& bytes) {
  CONVERT_TRY_ASSIGN(auto unpacked, decompress(compression, bytes, context_));
  auto& inner = add_layer(std::make_unique<PeekReader>(add_layer(std::move(unpacked))));
  const auto inside = inner.peek(kInnerHeadSize);
  if (inner.failure() && inside.empty()) return *inner.failure();
  if (is_tar_header(inside) || is_empty_tar(inside, inner_name(compression, input.name))) {
    CONVERT_TRY(open_container(Container::tar, inner));
    archive_format_ = ArchiveFormat{Container::tar, compression};
    return {};
  }
  StoredFile file{&inner, inner_name(compression, input.name), input.reader, input.mode, {}};
  if (compression == Compression::gzip) {
    const auto header = read_gzip_header(head);
    if (!header.name.empty()) file.name = header.name;
    if (header.modified) file.modified = header.modified->time_since_epoch();
  }
  entries_ = stored_files({std::move(file)});
  archive_format_ = ArchiveFormat{Container::single_file, compression};
  return {};
}

Result<void> ArchiveInput::open_container(Container container, Reader& bytes) {
  CONVERT_TRY_ASSIGN(auto opened, open_entries(container, bytes, context_));
  entries_ = std::move(opened);
  archive_format_ = ArchiveFormat{container, Compression::none};
  return {};
}

/// The list of entries of zip and 7z is at the end of the file.
Result<Reader*> ArchiveInput::make_seekable(Reader& bytes) {
  if (purpose_ == Purpose::list || (bytes.seekable() && bytes.size())) return &bytes;
  CONVERT_TRY_ASSIGN(auto spooled, base::spool(bytes, context_.options()));
  return &add_layer(std::move(spooled));
}

}  // namespace convert::archive
