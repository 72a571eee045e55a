// SPDX-License-Identifier: MIT
#include "storage/s3/s3_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/try.hpp"
#include "net/aws/aws_signature.hpp"
#include "net/http/retry_policy.hpp"

namespace convert::storage {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr int kMaxRequests = 6;
constexpr milliseconds kMaxDelay{5'000};
constexpr milliseconds kCheckTime{3'000};
constexpr std::chrono::minutes kListedFor{5};
constexpr int kMaxResigned = 2;
constexpr std::chrono::seconds kClockTolerance{60};

std::string aws_endpoint(const std::string& region) {
  const char* domain = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return fmt::format("https://s3.{}.{}", region, domain);
}

net::RetryPolicy retry_policy(const S3Request& request) {
  net::RetryPolicy policy;
  policy.max_attempts = request.once ? 1 : kMaxRequests;
  policy.max_delay = kMaxDelay;
  return policy;
}

}  // namespace

/// Judges the responses to one request.
class S3Attempts {
 public:
  explicit S3Attempts(S3Service& service) : service_(service) {}

  S3Signing& used() { return used_; }
  void observe(const net::HttpResponseHead& head) { service_.clock_.observe(head); }

  /// Whether the request is to be sent again. Refuses expired credentials, so that the next attempt has
  /// others.
  bool again(const S3Failure& failure) {
    if (failure.expired_credentials() && ++resigned_ <= kMaxResigned) {
      service_.credentials_->refuse(used_.credentials);
      return true;
    }
    if (failure.is("RequestTimeTooSkewed") || (failure.status == 403 && failure.code.empty()))
      return clock_has_moved() && ++resigned_ <= kMaxResigned;
    return failure.transient();
  }

 private:
  /// Since the request was signed: this response or that of another request has shown it.
  bool clock_has_moved() const {
    const auto difference = service_.clock_.offset() - used_.clock_offset;
    return std::chrono::abs(difference) > kClockTolerance;
  }

  S3Service& service_;
  S3Signing used_;
  int resigned_ = 0;
};

namespace {

std::optional<S3Failure> failure_in(const S3Request& request, const net::HttpResponse& response) {
  if (response.ok() && !(request.may_hold_error && holds_error(response))) return {};
  return read_failure(response);
}

S3Response with_failure(const S3Request& request, net::HttpResponse response) {
  auto failure = failure_in(request, response);
  return S3Response{std::move(response), std::move(failure)};
}

}  // namespace

S3Service::S3Service(const S3Options& options, std::shared_ptr<net::HttpClient> client,
                     std::shared_ptr<net::AwsCredentialProvider> credentials)
    : options_(options),
      folder_(options.prefix.empty() ? std::string() : options.prefix + "/"),
      client_(std::move(client)),
      credentials_(std::move(credentials)) {
  use_region(options.region.empty() ? std::string(kDefaultRegion) : options.region);
}

Result<std::shared_ptr<S3Service>> S3Service::connect(
    const S3Options& options, std::shared_ptr<net::AwsCredentialProvider> credentials) {
  CONVERT_TRY_ASSIGN(auto client, net::HttpClient::create({.ca_file = options.ca_file}));
  S3Options known = options;
  if (known.region.empty()) known.region = net::aws_region(net::process_environment()).value_or("");
  auto service = std::make_shared<S3Service>(known, std::move(client), std::move(credentials));
  CONVERT_TRY(service->discover(!options.region.empty()));
  return service;
}

void S3Service::use_region(std::string region) {
  region_ = std::move(region);
  endpoint_ = endpoint_of(options_, options_.endpoint, region_);
  public_endpoint_ =
      options_.public_endpoint.empty() ? endpoint_ : endpoint_of(options_, options_.public_endpoint, region_);
}

S3Service::Endpoint S3Service::endpoint_of(const S3Options& options, const std::string& address,
                                           const std::string& region) {
  const bool dotted = options.bucket.find('.') != std::string::npos;
  Endpoint endpoint{{}, options.path_style.value_or(!address.empty() || dotted)};
  auto url = net::parse_url(address.empty() ? aws_endpoint(region) : address);
  if (url) endpoint.url = std::move(*url);  // check_s3_options has checked it
  if (!endpoint.path_style) endpoint.url.host = options.bucket + "." + endpoint.url.host;
  return endpoint;
}

net::Url S3Service::url_of(const Endpoint& endpoint, std::string_view object) const {
  net::Url url = endpoint.url;
  url.path = endpoint.path_style ? "/" + net::encode_component(options_.bucket) : "";
  if (!object.empty() || url.path.empty()) url.path += "/" + net::encode_path(object);
  return url;
}

Result<net::AwsCredentials> S3Service::current_credentials(const std::stop_token& stop) {
  auto credentials = credentials_->credentials(stop);
  if (!credentials && credentials.error().code != Errc::cancelled) {
    // An operator repairs it. `not_found` would mean that a blob is missing.
    credentials.error().code = Errc::unavailable;
    credentials.error().retryable = true;
  }
  return credentials;
}

Result<net::HttpRequest> S3Service::build(const S3Request& request, const std::stop_token& stop,
                                          S3Signing& used) {
  CONVERT_TRY_ASSIGN(used.credentials, current_credentials(stop));
  used.clock_offset = clock_.offset();
  net::HttpRequest built;
  built.method = request.method;
  built.url = url_of(endpoint_, request.object);
  built.url.query = request.query;
  built.headers = request.headers;
  built.body = request.body;
  built.timeouts.idle = request.idle;
  if (request.once) built.timeouts = {.connect = kCheckTime, .idle = kCheckTime, .total = kCheckTime};
  built.response_buffer = request.read_ahead;
  net::AwsSigning signing{region_, "s3", clock_.now()};
  // TLS protects the body already; a hash of it would only cost time.
  if (built.url.secure()) signing.payload_hash = net::kUnsignedPayload;
  net::sign(built, used.credentials, signing);
  return built;
}

Result<S3Response> S3Service::call(const S3Request& request, const std::stop_token& stop) {
  S3Attempts attempts(*this);
  net::CallOptions options;
  options.retry = retry_policy(request);
  options.stop = stop;
  options.max_body = request.max_body;
  options.on_response = [&](const net::HttpResponseHead& head) { attempts.observe(head); };
  options.retry.retry_response = [&](const net::HttpResponse& response) {
    const auto failure = failure_in(request, response);
    return failure && attempts.again(*failure);
  };
  CONVERT_TRY_ASSIGN(auto response,
                     client_->perform([&](int) { return build(request, stop, attempts.used()); }, options));
  return with_failure(request, std::move(response));
}

Result<S3Stream> S3Service::open(const S3Request& request, const std::stop_token& stop) {
  S3Attempts attempts(*this);
  net::CallOptions options;
  options.retry = retry_policy(request);
  options.stop = stop;
  options.on_response = [&](const net::HttpResponseHead& head) { attempts.observe(head); };
  for (;;) {
    CONVERT_TRY_ASSIGN(auto exchange,
                       client_->open([&](int) { return build(request, stop, attempts.used()); }, options));
    CONVERT_TRY_ASSIGN(const net::HttpResponseHead& head, exchange->head());
    if (head.ok()) {
      net::HttpResponseHead copy = head;
      return S3Stream{std::move(exchange), std::move(copy)};
    }
    CONVERT_TRY_ASSIGN(auto response, exchange->response(request.max_body));
    S3Failure failure = read_failure(response);
    // `open` has repeated what is transient by its status.
    if (failure.transient() || !attempts.again(failure))
      return S3Stream{nullptr, std::move(response), std::move(failure)};
  }
}

Result<std::string> S3Service::presigned_url(const std::string& object,
                                             std::vector<std::pair<std::string, std::string>> query,
                                             milliseconds valid) {
  CONVERT_TRY_ASSIGN(const auto credentials, current_credentials({}));
  net::Url url = url_of(public_endpoint_, object);
  url.query = std::move(query);
  return net::presign("GET", std::move(url), credentials, {region_, "s3", clock_.now()},
                      std::chrono::ceil<std::chrono::seconds>(valid))
      .text();
}

std::optional<Key> S3Service::key_of(std::string_view object) const {
  if (!object.starts_with(folder_)) return {};
  object.remove_prefix(folder_.size());
  if (!check_key(object)) return {};
  return Key(object);
}

std::string S3Service::copy_source(const std::string& object) const {
  return "/" + net::encode_component(options_.bucket) + "/" + net::encode_path(object);
}

Error S3Service::error(const S3Failure& failure, std::string_view what) const {
  const S3Place place{options_.bucket, endpoint_.url.scheme + "://" + endpoint_.url.authority(),
                      options_.encryption != S3Encryption::bucket_default};
  return s3_error(failure, what, place);
}

void S3Service::add_encryption(net::HttpHeaders& headers) const {
  if (options_.encryption == S3Encryption::bucket_default) return;
  const bool kms = options_.encryption == S3Encryption::kms;
  headers.add("x-amz-server-side-encryption", kms ? "aws:kms" : "AES256");
  if (!options_.kms_key.empty()) headers.add("x-amz-server-side-encryption-aws-kms-key-id", options_.kms_key);
}

Result<S3Response> S3Service::list_one(bool once) {
  S3Request request;
  request.once = once;
  request.query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", folder_}};
  return call(request);
}

Result<void> S3Service::discover(bool region_given) {
  CONVERT_TRY_ASSIGN(auto response, list_one(false));
  if (response.failure && !region_given && !response.failure->region.empty() &&
      response.failure->region != region_) {
    use_region(response.failure->region);
    CONVERT_TRY_ASSIGN(response, list_one(false));
  }
  may_list_ = !response.failure;
  listed_ = steady_clock::now();
  if (!response.failure || response.failure->denied()) return {};
  auto failed = error(*response.failure, "Cannot open the storage");
  // Wrong settings. Of a storage that has worked, the same failures are repeated: an operator mends them.
  if (!response.failure->transient() && !response.failure->expired_credentials() &&
      response.failure->status < 500)
    failed.retryable = false;
  return failed;
}

bool S3Service::may_list() {
  const std::lock_guard lock(list_mutex_);
  if (may_list_ && steady_clock::now() - listed_ < kListedFor) return *may_list_;
  const auto response = list_one(true);
  if (!response) return may_list_.value_or(true);
  may_list_ = !(response->failure && response->failure->denied());
  listed_ = steady_clock::now();
  return *may_list_;
}

PendingCall::PendingCall(S3Service& service, S3Request request, std::stop_token stop)
    : service_(service), request_(std::move(request)), stop_(std::move(stop)) {
  auto built = service_.build(request_, stop_, used_);
  if (!built) {
    failed_ = std::move(built).error();
    return;
  }
  exchange_ = service_.client_->start(*built, stop_);
}

Result<S3Response> PendingCall::wait() {
  if (failed_) return *std::move(failed_);
  auto response = exchange_->response(request_.max_body);
  exchange_.reset();
  std::optional<milliseconds> after;
  if (response) {
    S3Attempts attempts(service_);
    attempts.used() = used_;
    attempts.observe(*response);
    const auto failure = failure_in(request_, *response);
    if (!failure || !attempts.again(*failure)) return with_failure(request_, *std::move(response));
    after = net::retry_after(response->headers);
  } else if (!response.error().retryable) {
    return std::move(response).error();
  }
  const auto delay = net::retry_delay(retry_policy(request_), 1, milliseconds(0), after);
  CONVERT_TRY(net::wait_for(delay.value_or(milliseconds(0)), stop_));
  return service_.call(request_, stop_);
}

}  // namespace convert::storage
