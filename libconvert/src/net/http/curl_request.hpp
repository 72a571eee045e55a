// SPDX-License-Identifier: MIT
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <convert/result.hpp>

#include "net/http/http_client.hpp"
#include "net/http/transfer.hpp"

namespace convert::net {

/// curl's handle of one Transfer. Used only in the network thread.
class CurlRequest {
 public:
  /// `options` must live as long as this.
  CurlRequest(std::shared_ptr<Transfer> transfer, const HttpClientOptions& options);
  ~CurlRequest();
  CurlRequest(const CurlRequest&) = delete;
  CurlRequest& operator=(const CurlRequest&) = delete;

  /// Sets all options of the handle. Errors: `invalid_argument`, `unavailable`.
  Result<void> prepare();

  CURL* handle() const { return easy_; }
  Transfer& transfer() const { return *transfer_; }

  /// Continues after pauses. Any code but CURLE_OK ends the transfer.
  CURLcode resume();
  /// The bytes that went either way so far.
  std::uint64_t progress() const;
  Error error(CURLcode code) const;

 private:
  template <class Value>
  void set(CURLoption option, Value value);
  void set_method();
  void set_tls();
  void set_proxy();
  Result<void> set_headers();

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_send(char* data, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  std::shared_ptr<Transfer> transfer_;
  const HttpClientOptions& options_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  CURLcode failed_option_ = CURLE_OK;
  bool address_refused_ = false;
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

}  // namespace convert::net
