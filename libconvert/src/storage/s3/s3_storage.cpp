// SPDX-License-Identifier: MIT
// Blobs as objects in a bucket: the key behind the storage's prefix is the object's name.
//
// A blob of up to one part is one PUT, which replaces an object in one step. Larger ones are uploads in
// parts, which nothing shows before they are completed. Names that begin with a dot, such as the folder
// ".unfinished", are no keys; other objects below the prefix whose names are no keys are not seen.
//
// Writes carry no condition (If-None-Match): `create` replaces. Reads and copies in parts are conditional on
// the ETag, so that no bytes of two objects are mixed.
#include "storage/s3/s3_storage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/try.hpp"
#include "net/http/url.hpp"
#include "storage/s3/object_copy.hpp"
#include "storage/s3/objects.hpp"
#include "storage/s3/s3_reader.hpp"
#include "storage/s3/s3_writer.hpp"
#include "storage/s3/unfinished_uploads.hpp"

namespace convert {
namespace storage {
namespace {

constexpr std::size_t kMaxPage = 1000;

bool is_key_character(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-' || letter == '/';
}

Blob blob_of(Key key, const ObjectInfo& info) {
  return Blob{std::move(key), info.size, info.modified, uploaded_in_parts(info.etag)};
}

class S3Storage : public Storage {
 public:
  explicit S3Storage(std::shared_ptr<S3Context> context) : context_(std::move(context)) {}

  Result<std::unique_ptr<Reader>> open(const Key& key, std::stop_token stop) override {
    CONVERT_TRY(check_key(key));
    return s3_reader(context_, key, stop);
  }
  Result<std::unique_ptr<Writer>> create(const Key& key, std::stop_token) override {
    CONVERT_TRY(check_key(key));
    return s3_writer(context_, key);
  }
  Result<ResumedWriter> resume(const Key& key, std::string_view token, std::stop_token stop) override {
    CONVERT_TRY(check_key(key));
    return resume_s3_writer(context_, key, token, stop);
  }
  Result<void> discard(const Key& key, std::string_view token) override {
    CONVERT_TRY(check_key(key));
    const auto suspended = read_token(key, token);
    if (!suspended) return {};
    return discard_upload(service(), key, *suspended);
  }
  Result<std::size_t> remove_unfinished(std::chrono::milliseconds age) override {
    return remove_unfinished_uploads(service(), age);
  }
  Result<Blob> stat(const Key& key) override {
    CONVERT_TRY(check_key(key));
    CONVERT_TRY_ASSIGN(const auto info, object_info(service(), service().object_name(key),
                                                    fmt::format("Cannot find the blob \"{}\"", key)));
    return blob_of(key, info);
  }
  Result<void> remove(const Key& key) override {
    CONVERT_TRY(check_key(key));
    return delete_object(service(), service().object_name(key));
  }
  Result<std::vector<Blob>> list(std::string_view prefix, const Key& after, std::size_t max) override;
  Result<std::string> signed_url(const Key& key, const DownloadUrl& request) override;
  Result<Time> now() override { return service().now(); }
  Result<void> ready() override;
  Result<void> copy(const Key& from, const Key& to, std::stop_token stop) override {
    CONVERT_TRY(check_key(from));
    CONVERT_TRY(check_key(to));
    return copy_object(*context_, service().object_name(from), service().object_name(to), stop);
  }

 private:
  S3Service& service() { return *context_->service; }

  std::shared_ptr<S3Context> context_;
};

Result<std::vector<Blob>> S3Storage::list(std::string_view prefix, const Key& after, std::size_t max) {
  std::vector<Blob> blobs;
  if (!std::all_of(prefix.begin(), prefix.end(), is_key_character)) return blobs;
  std::string start = list_start(after);
  if (!start.empty()) start = service().object_name(start);
  const std::string full_prefix = service().object_name(prefix);
  while (blobs.size() < max) {
    CONVERT_TRY_ASSIGN(const auto page,
                       list_objects(service(), full_prefix, start, std::min(kMaxPage, max - blobs.size())));
    for (const ObjectInfo& object : page.objects) {
      auto key = service().key_of(object.name);
      if (key && *key > after && key->starts_with(prefix)) blobs.push_back(blob_of(*std::move(key), object));
    }
    if (!page.more || page.objects.empty()) break;
    start = page.objects.back().name;
  }
  return blobs;
}

Result<std::string> S3Storage::signed_url(const Key& key, const DownloadUrl& request) {
  CONVERT_TRY(check_key(key));
  std::vector<std::pair<std::string, std::string>> query;
  query.emplace_back("response-content-disposition",
                     content_disposition(request.file_name, request.attachment));
  if (!request.content_type.empty()) query.emplace_back("response-content-type", request.content_type);
  return service().presigned_url(service().object_name(key), std::move(query), request.valid);
}

Result<void> S3Storage::ready() {
  S3Request request;
  request.object = service().object_name("none");
  request.headers.add("Range", "bytes=0-0");
  request.once = true;
  CONVERT_TRY_ASSIGN(const auto response, service().call(request));
  constexpr int kRangeNotSatisfiable = 416;
  if (!response.failure || response.failure->status == kRangeNotSatisfiable ||
      is_missing_object(service(), *response.failure)) {
    return {};
  }
  return service().error(*response.failure, "Cannot read from the storage");
}

}  // namespace

std::string list_start(std::string_view after) {
  const auto bad = std::find_if_not(after.begin(), after.end(), is_key_character);
  std::string start(after.begin(), bad);
  if (bad == after.end()) return start;
  // No key continues with this character, so a neighbour that services accept sorts the same.
  const auto byte = static_cast<unsigned char>(*bad);
  if (byte > '~') start += '~';
  if (byte > ' ' && byte <= '~') start += *bad;
  return start;
}

std::string content_disposition(std::string_view file_name, bool attachment) {
  std::string text = attachment ? "attachment" : "inline";
  if (file_name.empty()) return text;
  std::string plain;
  for (const char letter : file_name) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool starts_character = byte < 0x80 || byte >= 0xc0;
    if (!starts_character) continue;
    plain += byte >= ' ' && byte < 0x7f && letter != '"' && letter != '\\' && letter != '%' ? letter : '_';
  }
  text += fmt::format("; filename=\"{}\"", plain);
  if (plain != file_name) text += "; filename*=UTF-8''" + net::encode_component(file_name);
  return text;
}

Result<std::shared_ptr<Storage>> open_s3_storage(const S3Options& options, const S3Sizes& sizes,
                                                 std::shared_ptr<net::AwsCredentialProvider> credentials) {
  CONVERT_TRY(check_s3_options(options));
  CONVERT_TRY_ASSIGN(auto service, S3Service::connect(options, std::move(credentials)));
  return std::make_shared<S3Storage>(std::make_shared<S3Context>(options, sizes, std::move(service)));
}

}  // namespace storage

Result<std::shared_ptr<Storage>> s3_storage(const S3Options& options) {
  return storage::open_s3_storage(options, {}, net::aws_credential_chain());
}

}  // namespace convert
