// SPDX-License-Identifier: MIT
#include "archive/source.hpp"

#include "archive/archive_source.hpp"
#include "archive/content.hpp"
#include "archive/file_source.hpp"
#include "archive/names.hpp"
#include "archive/unpack.hpp"
#include "io/head_reader.hpp"
#include "io/names.hpp"
#include "io/spool.hpp"

namespace convert::archive {
namespace {

constexpr std::size_t kHead = 4096;
constexpr std::size_t kInnerHead = 1024;

/// The name of the file inside "song.wav.gz": what is left without the compression's own extension.
std::string inner_name(Filter filter, const std::string& name) {
  const auto safe = input_name(name);
  auto file = last_part(safe).value_or("file");
  const auto* row = convert::format_of(formats(), file);
  const bool fits = row != nullptr && shape_of(*row).filter == filter;
  if (!fits) return file;
  const auto base = io::base_name(formats(), file);
  return shape_of(*row).container == Container::tar ? base + ".tar" : base;
}

Result<bool> is_document(std::span<const std::byte> head, Reader& zip) {
  if (!zip.seekable()) return begins_as_zip_document(head);
  return is_zip_document(zip);
}

}  // namespace

Result<std::unique_ptr<Source>> Source::open(std::span<const Input> inputs, bool as_archive, Purpose purpose,
                                             Context& context) {
  std::unique_ptr<Source> source(new Source(purpose, context));
  if (inputs.empty()) return Error{Errc::invalid_argument, "There is no input: name at least one file."};
  if (inputs.size() == 1) {
    if (auto opened = source->open_one(inputs[0], as_archive); !opened) return opened.error();
    return source;
  }
  std::vector<PlainFile> files;
  UniqueNames names;
  for (const auto& input : inputs) {
    auto& counted = source->keep(std::make_unique<CountedReader>(*input.bytes, context));
    files.push_back({&counted, names.add(input_name(input.name)), input.bytes, input.mode, {}});
  }
  source->entries_ = plain_files(std::move(files));
  return source;
}

Result<void> Source::open_one(const Input& input, bool as_archive) {
  auto& counted = keep(std::make_unique<CountedReader>(*input.bytes, context_));
  auto& head_reader = keep(std::make_unique<io::HeadReader>(counted, io::HeadReader::Keep::head));
  auto head = head_reader.head(kHead);
  if (!head) return head.error();
  if (head->empty()) return Error{Errc::empty_input, "The input is empty: there is nothing to convert."};
  const auto known = recognize_head(*head);
  if (known && known->filter != Filter::none) {
    const std::vector<std::byte> kept(head->begin(), head->end());
    return open_compressed(known->filter, input, kept, head_reader);
  }
  if (known && known->container == Container::tar) return open_container(Container::tar, head_reader);
  if (known) {
    const bool cut = known->container == Container::seven_zip && input.bytes->size() &&
                     is_cut_seven_zip(*head, *input.bytes->size());
    if (cut)
      return Error{
          Errc::truncated_input,
          "The 7z archive ends too early, and its list of entries is at its end: get the whole file."};
    auto reader = seekable(head_reader);
    if (!reader) return reader.error();
    const bool ask = known->container == Container::zip && !as_archive;
    auto document = ask ? is_document(*head, **reader) : Result<bool>(false);
    if (!document) return document.error();
    if (!*document) return open_container(known->container, **reader);
    entries_ = plain_files({{*reader, input_name(input.name), input.bytes, input.mode, {}}});
    return {};
  }
  if (is_empty_tar(*head, input.name)) return open_container(Container::tar, head_reader);
  entries_ = plain_files({{&head_reader, input_name(input.name), input.bytes, input.mode, {}}});
  return {};
}

Result<void> Source::open_compressed(Filter filter, const Input& input, std::span<const std::byte> head,
                                     Reader& bytes) {
  auto unpacked = unpack(filter, bytes, context_);
  if (!unpacked) return unpacked.error();
  auto& inner = keep(std::make_unique<PeekReader>(keep(*std::move(unpacked))));
  const auto inside = inner.peek(kInnerHead);
  if (inner.failure() && inside.empty()) return *inner.failure();
  if (is_tar_header(inside) || is_empty_tar(inside, inner_name(filter, input.name))) {
    if (auto opened = open_container(Container::tar, inner); !opened) return opened;
    shape_ = Shape{Container::tar, filter};
    return {};
  }
  PlainFile file{&inner, inner_name(filter, input.name), input.bytes, input.mode, {}};
  if (filter == Filter::gzip) {
    const auto header = read_gzip_header(head);
    if (!header.name.empty()) file.name = header.name;
    if (header.modified) file.modified = header.modified->time_since_epoch();
  }
  entries_ = plain_files({std::move(file)});
  shape_ = Shape{Container::file, filter};
  return {};
}

Result<void> Source::open_container(Container container, Reader& bytes) {
  auto opened = open_archive(container, bytes, context_);
  if (!opened) return opened.error();
  entries_ = *std::move(opened);
  shape_ = Shape{container, Filter::none};
  return {};
}

/// The list of a zip's or 7z's entries is at its end.
Result<Reader*> Source::seekable(Reader& bytes) {
  if (purpose_ == Purpose::look || (bytes.seekable() && bytes.size())) return &bytes;
  auto spooled = io::spool(bytes, context_.options());
  if (!spooled) return spooled.error();
  return &keep(*std::move(spooled));
}

}  // namespace convert::archive
