// SPDX-License-Identifier: MIT
#include "storage/s3/unfinished_uploads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <set>

#include "base/try.hpp"
#include "net/support/digest.hpp"
#include "net/support/xml_element.hpp"
#include "storage/s3/multipart_upload.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/s3_time.hpp"

namespace convert::storage {
namespace {

constexpr std::string_view kTokenStart = "s3-1.";
constexpr std::string_view kTailFolder = ".unfinished/";
constexpr std::size_t kPage = 1000;

/// Removes the text up to the next dot from `rest` and returns it.
std::optional<std::string_view> take_field(std::string_view& rest) {
  const std::size_t dot = rest.find('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view field = rest.substr(0, dot);
  rest.remove_prefix(dot + 1);
  return field;
}

template <class Number>
bool take_number(std::string_view& rest, Number& value) {
  const auto field = take_field(rest);
  if (!field || field->empty()) return false;
  const auto [end, failure] = std::from_chars(field->data(), field->data() + field->size(), value);
  return failure == std::errc() && end == field->data() + field->size() && value >= 0;
}

bool is_name(std::string_view text) {
  return text.size() == 16 && std::all_of(text.begin(), text.end(), [](char letter) {
           return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
         });
}

/// The folder of the tails of a key.
std::string tail_folder(const Key& key) {
  constexpr std::size_t kDigits = 32;
  return net::hex(net::sha256(key)).substr(0, kDigits);
}

/// Ties a token to its key, and finds damage.
std::string token_check(const Key& key, std::string_view content) {
  constexpr std::size_t kDigits = 16;
  return net::hex(net::sha256(fmt::format("{} {}", key, content))).substr(0, kDigits);
}

/// Whether something was written at `time` or before, without the rounding of `parse_s3_time`.
bool is_written_by(Time written, Time time) { return written - std::chrono::seconds(1) <= time; }

struct TailSweep {
  std::size_t removed = 0;
  std::set<std::string, std::less<>> recent;  ///< folders of keys with a tail that was written recently
};

Result<TailSweep> sweep_tails(S3Service& service, Time before) {
  TailSweep sweep;
  const std::string folder = service.folder() + std::string(kTailFolder);
  std::string after;
  for (;;) {
    CONVERT_TRY_ASSIGN(const auto page, list_objects(service, folder, after, kPage));
    for (const ObjectInfo& tail : page.objects) {
      if (!is_written_by(tail.modified, before)) {
        const std::string_view name = std::string_view(tail.name).substr(folder.size());
        sweep.recent.emplace(name.substr(0, name.find('/')));
        continue;
      }
      CONVERT_TRY(delete_object(service, tail.name));
      ++sweep.removed;
    }
    if (!page.more || page.objects.empty()) return sweep;
    after = page.objects.back().name;
  }
}

struct UploadPage {
  std::vector<std::pair<UploadId, Time>> uploads;
  std::string next_object;
  std::string next_id;
  bool more = false;
};

Result<UploadPage> list_uploads(S3Service& service, const UploadPage& last) {
  constexpr std::string_view kWhat = "Cannot list the unfinished uploads";
  S3Request request;
  request.query = {{"uploads", ""}, {"prefix", service.folder()}};
  if (last.more) request.query.emplace_back("key-marker", last.next_object);
  if (last.more) request.query.emplace_back("upload-id-marker", last.next_id);
  CONVERT_TRY_ASSIGN(const auto response, service.call(request));
  if (response.failure) return service.error(*response.failure, kWhat);
  CONVERT_TRY_ASSIGN(const auto answer, net::parse_xml(response.body));
  UploadPage page;
  for (const auto& element : answer.children) {
    if (element.name != "Upload") continue;
    const auto started = parse_s3_time(element.child_text("Initiated"));
    UploadId upload{std::string(element.child_text("Key")), std::string(element.child_text("UploadId"))};
    if (started && !upload.id.empty()) page.uploads.emplace_back(std::move(upload), *started);
  }
  page.next_object = answer.child_text("NextKeyMarker");
  page.next_id = answer.child_text("NextUploadIdMarker");
  page.more = answer.child_text("IsTruncated") == "true" &&
              (page.next_object != last.next_object || page.next_id != last.next_id);
  return page;
}

/// Whether something was written to the upload after `time`.
Result<bool> is_active(S3Service& service, const UploadId& upload, Time time) {
  const auto parts = list_parts(service, upload, {});
  if (!parts && parts.error().code == Errc::not_found) return true;  // it has just ended
  if (!parts) return parts.error();
  return std::any_of(parts->begin(), parts->end(),
                     [time](const UploadedPart& part) { return !is_written_by(part.written, time); });
}

}  // namespace

std::string write_token(const Key& key, const SuspendedUpload& suspended) {
  const std::string content =
      fmt::format("{}.{}.{}.{}.{}.{}", suspended.mark, suspended.parts, suspended.part_bytes,
                  suspended.tail_bytes, suspended.tail_name, suspended.upload_id);
  return fmt::format("{}{}.{}", kTokenStart, token_check(key, content), content);
}

std::optional<SuspendedUpload> read_token(const Key& key, std::string_view token) {
  if (!token.starts_with(kTokenStart)) return {};
  token.remove_prefix(kTokenStart.size());
  const auto check = take_field(token);
  if (!check || *check != token_check(key, token)) return {};
  SuspendedUpload suspended;
  const auto mark = take_field(token);
  if (!mark || !is_name(*mark)) return {};
  suspended.mark = *mark;
  if (!take_number(token, suspended.parts) || !take_number(token, suspended.part_bytes) ||
      !take_number(token, suspended.tail_bytes)) {
    return {};
  }
  const auto tail = take_field(token);
  if (!tail || (!tail->empty() && !is_name(*tail))) return {};
  suspended.tail_name = *tail;
  suspended.upload_id = token;
  if (suspended.tail_name.empty() && suspended.upload_id.empty()) return {};
  return suspended;
}

std::string tail_object(const S3Service& service, const Key& key, std::string_view tail_name) {
  return fmt::format("{}{}{}/{}", service.folder(), kTailFolder, tail_folder(key), tail_name);
}

std::string random_name() {
  std::random_device device;
  const std::array<std::uint32_t, 2> numbers{device(), device()};
  return net::hex(std::as_bytes(std::span(numbers)));
}

Result<void> discard_upload(S3Service& service, const Key& key, const SuspendedUpload& suspended) {
  if (!suspended.upload_id.empty())
    CONVERT_TRY(abort_upload(service, {service.object_name(key), suspended.upload_id}, {}));
  if (!suspended.tail_name.empty())
    CONVERT_TRY(delete_object(service, tail_object(service, key, suspended.tail_name)));
  return {};
}

Result<std::size_t> remove_unfinished_uploads(S3Service& service, std::chrono::milliseconds age) {
  const Time before = service.now() - age;
  CONVERT_TRY_ASSIGN(auto sweep, sweep_tails(service, before));
  UploadPage page;
  do {
    CONVERT_TRY_ASSIGN(page, list_uploads(service, page));
    for (const auto& [upload, started] : page.uploads) {
      const auto key = service.key_of(upload.object);
      if (!key || !is_written_by(started, before) || sweep.recent.contains(tail_folder(*key))) continue;
      CONVERT_TRY_ASSIGN(const bool active, is_active(service, upload, before));
      if (active) continue;
      CONVERT_TRY(abort_upload(service, upload, {}));
      ++sweep.removed;
    }
  } while (page.more);
  return sweep.removed;
}

}  // namespace convert::storage
