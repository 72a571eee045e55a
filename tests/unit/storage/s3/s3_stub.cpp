// SPDX-License-Identifier: MIT
#include "unit/storage/s3/s3_stub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>

#include "net/aws/aws_credentials.hpp"
#include "storage/s3/s3_storage.hpp"
#include "support/test_files.hpp"

namespace convert::test {
namespace {

constexpr const char* kStubDate = "Mon, 30 Nov 2026 12:00:00 GMT";

std::size_t number_in_text(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

/// The object's name and the parameters of a request for "/bucket/NAME?PARAMETERS".
struct S3Stub::Target {
  std::string object;
  std::map<std::string, std::string> query;

  explicit Target(const std::string& text) {
    const auto mark = text.find('?');
    const std::string path = text.substr(0, mark);
    const auto slash = path.find('/', 1);
    if (slash != std::string::npos) object = path.substr(slash + 1);
    for (std::string rest = mark == std::string::npos ? "" : text.substr(mark + 1); !rest.empty();) {
      const auto end = std::min(rest.find('&'), rest.size());
      const std::string parameter = rest.substr(0, end);
      const auto equals = std::min(parameter.find('='), parameter.size());
      query[parameter.substr(0, equals)] = parameter.substr(std::min(equals + 1, parameter.size()));
      rest.erase(0, end + 1);
    }
  }
  bool has(const std::string& name) const { return query.count(name) > 0; }
};

std::string request_name(const StubRequest& request) { return request.method + " " + request.target; }

std::string s3_error_body(const std::string& code) {
  return "<?xml version=\"1.0\"?>\n<Error><Code>" + code +
         "</Code><Message>As the test says.</Message></Error>";
}

S3Stub::S3Stub()
    : server_(std::make_unique<HttpStubServer>(
          [this](const StubRequest& request, StubConnection& connection) { handle(request, connection); })) {}

void S3Stub::set_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

void S3Stub::fail_times(int times, const std::string& text, Fault fault) {
  const auto left = std::make_shared<std::atomic<int>>(times);
  set_fault([=](const StubRequest& request, StubConnection& connection) {
    if (request_name(request).find(text) == std::string::npos || left->fetch_sub(1) <= 0) return false;
    return fault(request, connection);
  });
}

std::map<std::string, std::string> S3Stub::objects() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> all;
  for (const auto& [name, object] : objects_) all[name] = object.bytes;
  return all;
}

void S3Stub::put(const std::string& name, const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  objects_[name] = {bytes, "", fmt::format("\"{:032x}\"", ++last_id_)};
}

std::size_t S3Stub::uploads() const {
  const std::lock_guard lock(mutex_);
  return uploads_.size();
}

std::size_t S3Stub::count(const std::string& text) const {
  const auto all = server_->requests();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const StubRequest& request) {
    return request_name(request).find(text) != std::string::npos;
  }));
}

void S3Stub::handle(const StubRequest& request, StubConnection& connection) {
  Fault fault;
  {
    const std::lock_guard lock(mutex_);
    fault = fault_;
  }
  if (fault && fault(request, connection)) return;
  const Target target(request.target);
  const std::lock_guard lock(mutex_);
  if (target.object.empty()) {
    connection.answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
  } else if (target.has("uploads") || target.has("uploadId")) {
    handle_upload(request, target, connection);
  } else {
    handle_object(request, target, connection);
  }
}

void S3Stub::handle_object(const StubRequest& request, const Target& target, StubConnection& connection) {
  if (request.method == "PUT") {
    std::string source = request.header("x-amz-copy-source");
    std::string bytes = request.body;
    if (!source.empty()) bytes = objects_[source.substr(source.find('/', 1) + 1)].bytes;
    objects_[target.object] = {bytes, "", fmt::format("\"{:032x}\"", ++last_id_)};
    connection.answer(200, source.empty() ? "" : "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>");
    return;
  }
  const auto found = objects_.find(target.object);
  if (request.method == "DELETE") {
    if (found != objects_.end()) objects_.erase(found);
    connection.answer(204, "");
  } else if (found == objects_.end()) {
    if (request.method == "HEAD") {
      connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    } else {
      connection.answer(404, s3_error_body("NoSuchKey"));
    }
  } else if (request.method == "HEAD") {
    connection.send(
        fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: {}\r\nLast-Modified: {}\r\n"
                    "x-amz-meta-upload: {}\r\n\r\n",
                    found->second.bytes.size(), found->second.etag, kStubDate, found->second.mark));
  } else {
    read(request, found->second, connection);
  }
}

void S3Stub::read(const StubRequest& request, const Object& object, StubConnection& connection) {
  if (const auto requested = request.header("if-match"); !requested.empty() && requested != object.etag) {
    connection.answer(412, s3_error_body("PreconditionFailed"));
    return;
  }
  const std::string range = request.header("range");
  if (range.empty()) {
    connection.answer(200, object.bytes, "ETag: " + object.etag + "\r\n");
    return;
  }
  const auto dash = range.find('-');
  const std::size_t first = number_in_text(std::string_view(range).substr(6, dash - 6));
  if (first >= object.bytes.size()) {
    connection.answer(416, s3_error_body("InvalidRange"));
    return;
  }
  std::size_t last = object.bytes.size() - 1;
  if (dash + 1 < range.size())
    last = std::min(last, number_in_text(std::string_view(range).substr(dash + 1)));
  connection.answer(206, object.bytes.substr(first, last - first + 1),
                    fmt::format("ETag: {}\r\nContent-Range: bytes {}-{}/{}\r\n", object.etag, first, last,
                                object.bytes.size()));
}

void S3Stub::handle_upload(const StubRequest& request, const Target& target, StubConnection& connection) {
  if (target.has("uploads")) {
    const std::string id = "upload-" + std::to_string(++last_id_);
    uploads_[id] = {target.object, request.header("x-amz-meta-upload"), {}};
    connection.answer(200, "<InitiateMultipartUploadResult><UploadId>" + id +
                               "</UploadId></InitiateMultipartUploadResult>");
    return;
  }
  const std::string id = target.query.at("uploadId");
  const auto upload = uploads_.find(id);
  if (upload == uploads_.end()) {
    connection.answer(404, s3_error_body("NoSuchUpload"));
  } else if (request.method == "PUT") {
    const int number = std::stoi(target.query.at("partNumber"));
    const std::string source = request.header("x-amz-copy-source");
    std::string bytes = request.body;
    if (!source.empty()) {
      const std::string range = request.header("x-amz-copy-source-range");
      const auto dash = range.find('-');
      const std::size_t first = number_in_text(std::string_view(range).substr(6, dash - 6));
      const std::size_t last = number_in_text(std::string_view(range).substr(dash + 1));
      bytes = objects_[source.substr(source.find('/', 1) + 1)].bytes.substr(first, last - first + 1);
    }
    upload->second.parts[number] = bytes;
    const std::string etag = fmt::format("\"part-{}\"", number);
    connection.answer(200, source.empty() ? "" : "<CopyPartResult><ETag>" + etag + "</ETag></CopyPartResult>",
                      "ETag: " + etag + "\r\n");
  } else if (request.method == "DELETE") {
    uploads_.erase(upload);
    connection.answer(204, "");
  } else if (request.method == "POST") {
    complete(id);
    connection.answer(200, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
  } else {
    std::string body = "<ListPartsResult><IsTruncated>false</IsTruncated>";
    for (const auto& [number, bytes] : upload->second.parts) {
      body += fmt::format("<Part><PartNumber>{}</PartNumber><Size>{}</Size><ETag>\"part-{}\"</ETag></Part>",
                          number, bytes.size(), number);
    }
    connection.answer(200, body + "</ListPartsResult>");
  }
}

void S3Stub::complete_silently(const StubRequest& request) {
  const std::lock_guard lock(mutex_);
  complete(Target(request.target).query.at("uploadId"));
}

void S3Stub::complete(const std::string& id) {
  const Upload upload = uploads_[id];
  std::string bytes;
  for (const auto& [number, part] : upload.parts) bytes += part;
  objects_[upload.object] = {bytes, upload.mark,
                             fmt::format("\"{:032x}-{}\"", ++last_id_, upload.parts.size())};
  uploads_.erase(id);
}

S3Options stub_options(const std::string& endpoint) {
  S3Options options;
  options.bucket = "bucket";
  options.prefix = "p";
  options.endpoint = endpoint;
  options.region = "test-region";
  return options;
}

Result<std::shared_ptr<Storage>> open_stub(const S3Options& options, const storage::S3Sizes& sizes) {
  return storage::open_s3_storage(options, sizes, net::static_credentials({"TESTKEY", "secret", "", {}}));
}

Result<std::shared_ptr<Storage>> open_stub(const std::string& endpoint, const storage::S3Sizes& sizes) {
  return open_stub(stub_options(endpoint), sizes);
}

storage::S3Sizes small_sizes() {
  storage::S3Sizes sizes;
  sizes.min_part = 500;
  sizes.part = 1000;
  sizes.max_part = 8000;
  sizes.block = 100;
  sizes.cached_blocks = 4;
  sizes.max_skip = 50;
  sizes.copy_part = 2000;
  return sizes;
}

std::string varied_text(std::size_t size) {
  std::string text;
  for (std::size_t number = 0; text.size() < size; ++number) text += fmt::format("{} ", number);
  text.resize(size);
  return text;
}

Result<void> write_text(Writer& writer, const std::string& text) {
  constexpr std::size_t kStep = 333;
  for (std::size_t at = 0; at < text.size(); at += kStep) {
    const auto step = std::string_view(text).substr(at, kStep);
    if (auto written = writer.write_at(at, bytes(step)); !written) return written;
  }
  return {};
}

Result<void> put_text(Storage& storage, const Key& key, const std::string& text) {
  auto writer = storage.create(key);
  if (!writer) return std::move(writer).error();
  if (auto written = write_text(**writer, text); !written) return written;
  return (*writer)->commit();
}

Result<std::string> read_text(Reader& reader, std::size_t step) {
  std::string all;
  std::vector<std::byte> block(step);
  for (;;) {
    const auto count = reader.read_at(all.size(), block);
    if (!count) return count.error();
    if (*count == 0) return all;
    all += text(std::span(block).first(*count));
  }
}

}  // namespace convert::test
