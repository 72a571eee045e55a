// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <convert/s3_storage.hpp>

#include "net/aws/aws_credential_chain.hpp"
#include "net/http/http_client.hpp"
#include "net/http/server_clock.hpp"
#include "storage/s3/s3_error.hpp"

namespace convert::storage {

/// A request of the S3 API about an object or the bucket.
struct S3Request {
  std::string method = "GET";
  std::string object{};  ///< its name in the bucket; empty: the request is about the bucket
  std::vector<std::pair<std::string, std::string>> query{};
  net::HttpHeaders headers{};
  std::span<const std::byte> body{};  ///< borrowed until the call ends
  bool may_hold_error = false;        ///< a response with status 200 may hold an error
  bool once = false;                  ///< no retries, and seconds only: for checks
  std::chrono::milliseconds idle{30'000};
  std::size_t read_ahead = std::size_t{512} << 10;
  std::size_t max_body = std::size_t{8} << 20;
};

/// A response with the failure that it reports, if any.
struct S3Response : net::HttpResponse {
  std::optional<S3Failure> failure{};
};

/// A response whose body is read from `exchange`, unless there is a failure.
struct S3Stream {
  std::unique_ptr<net::HttpExchange> exchange;
  net::HttpResponseHead head;
  std::optional<S3Failure> failure{};
};

/// With what a request was signed.
struct S3Signing {
  net::AwsCredentials credentials{};
  std::chrono::seconds clock_offset{};  ///< the service's clock less this host's, as it was known then
};

/// The outcome of attempts at one request: whether another one follows.
class S3Attempts;

/// One bucket: signs requests with current credentials and the service's time, sends and repeats them.
/// Thread-safe.
class S3Service {
 public:
  /// Connects, and finds the region if `options` has none. Errors: those of `s3_storage`.
  static Result<std::shared_ptr<S3Service>> connect(const S3Options& options,
                                                    std::shared_ptr<net::AwsCredentialProvider> credentials);

  S3Service(const S3Options& options, std::shared_ptr<net::HttpClient> client,
            std::shared_ptr<net::AwsCredentialProvider> credentials);

  /// Sends a request until its outcome is final. Failures that the service reports are in the response.
  /// Errors: those of HttpClient.
  Result<S3Response> call(const S3Request& request, const std::stop_token& stop = {});

  /// As `call`, for a body that is read as it arrives.
  Result<S3Stream> open(const S3Request& request, const std::stop_token& stop);

  /// A URL for a GET of the object with these parameters.
  Result<std::string> presigned_url(const std::string& object,
                                    std::vector<std::pair<std::string, std::string>> query,
                                    std::chrono::milliseconds valid);

  /// Whether the bucket may be listed; if not, an object that is missing is answered by 403. Asks the service
  /// at most every few minutes.
  bool may_list();

  /// The service's clock.
  Time now() const { return clock_.now(); }

  /// What a blob's key is in the bucket, and the reverse; nothing if the object is no blob of this storage.
  std::string object_name(std::string_view key) const { return folder_ + std::string(key); }
  std::optional<Key> key_of(std::string_view object) const;
  /// The prefix of all objects: empty, or with "/" at its end.
  const std::string& folder() const { return folder_; }

  /// The value of x-amz-copy-source for an object.
  std::string copy_source(const std::string& object) const;

  Error error(const S3Failure& failure, std::string_view what) const;
  /// Adds the headers of the encryption for a new object.
  void add_encryption(net::HttpHeaders& headers) const;
  bool checksums() const { return options_.checksums; }

 private:
  friend class S3Attempts;
  friend class PendingCall;

  struct Endpoint {
    net::Url url;
    bool path_style = true;
  };
  static Endpoint endpoint_of(const S3Options& options, const std::string& address,
                              const std::string& region);
  net::Url url_of(const Endpoint& endpoint, std::string_view object) const;
  /// Signs the request. Stores in `used` with what.
  Result<net::HttpRequest> build(const S3Request& request, const std::stop_token& stop, S3Signing& used);
  Result<net::AwsCredentials> current_credentials(const std::stop_token& stop);
  void use_region(std::string region);
  Result<void> discover(bool region_given);
  Result<S3Response> list_one(bool once);

  S3Options options_;
  std::string folder_;
  std::string region_;
  Endpoint endpoint_;
  Endpoint public_endpoint_;
  std::shared_ptr<net::HttpClient> client_;
  std::shared_ptr<net::AwsCredentialProvider> credentials_;
  net::ServerClock clock_;

  std::mutex list_mutex_;
  std::optional<bool> may_list_;
  std::chrono::steady_clock::time_point listed_;
};

/// A call that has been started and runs beside others. Its errors are those of `S3Service::call`. The body
/// of the request must live as long as this.
class PendingCall {
 public:
  PendingCall(S3Service& service, S3Request request, std::stop_token stop);

  /// Waits for the outcome. Repeats the request where `call` would. Called once.
  Result<S3Response> wait();

 private:
  S3Service& service_;
  S3Request request_;
  std::stop_token stop_;
  S3Signing used_;
  std::optional<Error> failed_;
  std::unique_ptr<net::HttpExchange> exchange_;
};

}  // namespace convert::storage
