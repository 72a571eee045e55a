// SPDX-License-Identifier: MIT
// What all storages share: the rules for keys, and the defaults of Storage.
#include <convert/storage.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "base/try.hpp"

namespace convert {
namespace {

constexpr std::size_t kMaxKeyLength = 512;
constexpr std::size_t kMaxSegmentLength = 255;  // what file systems allow a name to have
constexpr std::size_t kMaxShownLength = 80;     // of a bad key, in a message
constexpr std::size_t kCopyBlock = std::size_t{256} << 10;

bool is_allowed(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-';
}

/// The key for a message, with unexpected characters replaced.
std::string printable(std::string_view key) {
  std::string text(key.substr(0, kMaxShownLength));
  std::replace_if(
      text.begin(), text.end(), [](char letter) { return letter != '/' && !is_allowed(letter); }, '?');
  return text;
}

Error bad_key(std::string_view key, std::string_view why) {
  return Error{Errc::invalid_argument,
               fmt::format("Invalid blob key \"{}\": {}. A key has 1 to {} characters of A-Z a-z 0-9 . _ - "
                           "in segments separated by \"/\", each of 1 to {} characters.",
                           printable(key), why, kMaxKeyLength, kMaxSegmentLength)};
}

Result<void> copy_bytes(Reader& from, Writer& to, const std::stop_token& stop) {
  std::vector<std::byte> block(kCopyBlock);
  std::uint64_t offset = 0;
  for (;;) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "The copy was stopped."};
    CONVERT_TRY_ASSIGN(auto count, from.read_at(offset, block));
    if (count == 0) return {};
    CONVERT_TRY(to.write_at(offset, std::span(block).first(count)));
    offset += count;
  }
}

}  // namespace

Result<void> check_key(std::string_view key) {
  if (key.empty()) return bad_key(key, "it is empty");
  if (key.size() > kMaxKeyLength) return bad_key(key, "it is too long");
  for (std::string_view rest = key;;) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty()) return bad_key(key, "a segment is empty");
    if (segment.front() == '.') return bad_key(key, "a segment starts with a dot");
    if (segment.size() > kMaxSegmentLength) return bad_key(key, "a segment is too long");
    if (!std::all_of(segment.begin(), segment.end(), is_allowed))
      return bad_key(key, "it contains a character that is not allowed");
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Result<void> Storage::ready() {
  auto blob = stat("none");
  if (blob || blob.error().code == Errc::not_found) return {};
  return std::move(blob).error();
}

Result<void> Storage::copy(const Key& from, const Key& to, std::stop_token stop) {
  CONVERT_TRY_ASSIGN(auto reader, open(from, stop));
  CONVERT_TRY_ASSIGN(auto writer, create(to, stop));
  const std::stop_callback cancel_reader(stop, [&reader] { reader->cancel(); });
  const std::stop_callback cancel_writer(stop, [&writer] { writer->cancel(); });
  CONVERT_TRY(copy_bytes(*reader, *writer, stop));
  return writer->commit();
}

Result<Time> Storage::now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Result<ResumedWriter> Storage::resume(const Key& key, std::string_view /*token*/, std::stop_token /*stop*/) {
  CONVERT_TRY(check_key(key));
  return Error{Errc::unsupported,
               "This storage cannot continue an interrupted upload. Upload the file again from the start."};
}

Result<void> Storage::discard(const Key& key, std::string_view /*token*/) {
  CONVERT_TRY(check_key(key));
  return Error{Errc::unsupported, "This storage keeps no interrupted uploads."};
}

Result<std::size_t> Storage::remove_unfinished(std::chrono::milliseconds /*age*/) { return std::size_t{0}; }

}  // namespace convert
