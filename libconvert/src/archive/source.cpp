// SPDX-License-Identifier: MIT
#include "archive/source.hpp"

#include "archive/archive_input.hpp"
#include "archive/archive_detection.hpp"
#include "archive/file_source.hpp"
#include "archive/entry_names.hpp"
#include "archive/decompression.hpp"
#include "base/head_reader.hpp"
#include "base/file_extension.hpp"
#include "base/temporary_file.hpp"

namespace convert::archive {
namespace {

constexpr std::size_t kHeadSize = 4096;
constexpr std::size_t kInnerHeadSize = 1024;

/// The name of the file inside "song.wav.gz": what is left without the compression's own extension.
std::string inner_name(Compression compression, const std::string& name) {
  const auto safe = safe_input_name(name);
  auto file = last_component(safe).value_or("file");
  const auto* row = convert::format_for_file_name(formats(), file);
  const bool fits = row != nullptr && archive_format_of(*row).compression == compression;
  if (!fits) return file;
  const auto base = base::file_stem(formats(), file);
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
  if (inputs.empty()) return Error{Errc::invalid_argument, "There is no input: name at least one file."};
  if (inputs.size() == 1) {
    if (auto opened = source->open_one(inputs[0], as_archive); !opened) return opened.error();
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
  auto head = head_reader.head(kHeadSize);
  if (!head) return head.error();
  if (head->empty()) return Error{Errc::empty_input, "The input is empty: there is nothing to convert."};
  const auto detected = detect_archive_format(*head);
  if (detected && detected->compression != Compression::none) {
    const std::vector<std::byte> kept(head->begin(), head->end());
    return open_compressed(detected->compression, input, kept, head_reader);
  }
  if (detected && detected->container == Container::tar) return open_container(Container::tar, head_reader);
  if (detected) {
    const bool cut = detected->container == Container::seven_zip && input.reader->size() &&
                     is_truncated_seven_zip(*head, *input.reader->size());
    if (cut)
      return Error{
          Errc::truncated_input,
          "The 7z archive ends too early, and its list of entries is at its end: get the whole file."};
    auto reader = make_seekable(head_reader);
    if (!reader) return reader.error();
    const bool check_document = detected->container == Container::zip && !as_archive;
    auto document = check_document ? is_document(*head, **reader) : Result<bool>(false);
    if (!document) return document.error();
    if (!*document) return open_container(detected->container, **reader);
    entries_ = stored_files({{*reader, safe_input_name(input.name), input.reader, input.mode, {}}});
    return {};
  }
  if (is_empty_tar(*head, input.name)) return open_container(Container::tar, head_reader);
  entries_ = stored_files({{&head_reader, safe_input_name(input.name), input.reader, input.mode, {}}});
  return {};
}

Result<void> ArchiveInput::open_compressed(Compression compression, const Input& input,
                                           std::span<const std::byte> head, Reader& bytes) {
  auto unpacked = decompress(compression, bytes, context_);
  if (!unpacked) return unpacked.error();
  auto& inner = add_layer(std::make_unique<PeekReader>(add_layer(*std::move(unpacked))));
  const auto inside = inner.peek(kInnerHeadSize);
  if (inner.failure() && inside.empty()) return *inner.failure();
  if (is_tar_header(inside) || is_empty_tar(inside, inner_name(compression, input.name))) {
    if (auto opened = open_container(Container::tar, inner); !opened) return opened;
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
  auto opened = open_entries(container, bytes, context_);
  if (!opened) return opened.error();
  entries_ = *std::move(opened);
  archive_format_ = ArchiveFormat{container, Compression::none};
  return {};
}

/// The list of a zip's or 7z's entries is at its end.
Result<Reader*> ArchiveInput::make_seekable(Reader& bytes) {
  if (purpose_ == Purpose::list || (bytes.seekable() && bytes.size())) return &bytes;
  auto spooled = base::spool(bytes, context_.options());
  if (!spooled) return spooled.error();
  return &add_layer(*std::move(spooled));
}

}  // namespace convert::archive
