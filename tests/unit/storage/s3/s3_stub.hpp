// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <convert/s3_storage.hpp>

#include "storage/s3/s3_options.hpp"
#include "support/http_stub_server.hpp"

namespace convert::test {

/// One bucket of S3 in memory, for faults that real servers do not show on request. Checks no signature.
class S3Stub {
 public:
  /// Sees each request first. True: it has answered, or cut the connection.
  using Fault = std::function<bool(const StubRequest&, StubConnection&)>;

  S3Stub();

  std::string endpoint() const { return server_->url(); }
  /// A fault for the requests from now on.
  void set_fault(Fault fault);
  /// The fault for the first `times` requests whose "METHOD target" contains `text`.
  void fail_times(int times, const std::string& text, Fault fault);

  std::map<std::string, std::string> objects() const;
  void put(const std::string& name, const std::string& bytes);
  std::size_t uploads() const;
  /// Completes the upload of this request, without an answer.
  void complete_silently(const StubRequest& request);
  std::vector<StubRequest> requests() const { return server_->requests(); }
  std::size_t count(const std::string& text) const;

 private:
  struct Upload {
    std::string object;
    std::string mark;
    std::map<int, std::string> parts;
  };
  struct Object {
    std::string bytes;
    std::string mark;
    std::string etag;
  };
  struct Target;

  void handle(const StubRequest& request, StubConnection& connection);
  void handle_object(const StubRequest& request, const Target& target, StubConnection& connection);
  void handle_upload(const StubRequest& request, const Target& target, StubConnection& connection);
  void read(const StubRequest& request, const Object& object, StubConnection& connection);
  void complete(const std::string& id);

  mutable std::mutex mutex_;
  Fault fault_;
  std::map<std::string, Object> objects_;
  std::map<std::string, Upload> uploads_;
  int last_id_ = 0;
  std::unique_ptr<HttpStubServer> server_;  // last: its threads use the others
};

/// The name of a request in `S3Stub::fail_times` and `count`.
std::string request_name(const StubRequest& request);

/// An answer of S3 that reports an error.
std::string s3_error_body(const std::string& code);

/// The storage "s3://bucket/p" at the endpoint, with fixed credentials.
Result<std::shared_ptr<Storage>> open_stub(const std::string& endpoint, const storage::S3Sizes& sizes = {});
Result<std::shared_ptr<Storage>> open_stub(const S3Options& options, const storage::S3Sizes& sizes = {});
S3Options stub_options(const std::string& endpoint);
/// Parts of 1000 bytes and blocks of 100, so that little data has many.
storage::S3Sizes small_sizes();

/// Text of `size` bytes in which no two places are alike.
std::string varied_text(std::size_t size);
Result<void> write_text(Writer& writer, const std::string& text);
Result<void> put_text(Storage& storage, const Key& key, const std::string& text);
/// Reads to the end, `step` bytes at once.
Result<std::string> read_text(Reader& reader, std::size_t step = 777);

}  // namespace convert::test
