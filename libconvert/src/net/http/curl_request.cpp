// SPDX-License-Identifier: MIT
#include "net/http/curl_request.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "base/try.hpp"
#include "net/http/curl_error.hpp"

namespace convert::net {
namespace {

constexpr long kReceiveBlock = 128L << 10;
constexpr long kSendBlock = 256L << 10;

/// A token of RFC 9110: the name of a method or a header.
bool is_http_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

long milliseconds_of(std::chrono::milliseconds time) { return static_cast<long>(time.count()); }

}  // namespace

CurlRequest::CurlRequest(std::shared_ptr<Transfer> transfer, const HttpClientOptions& options)
    : transfer_(std::move(transfer)), options_(options), easy_(curl_easy_init()) {}

CurlRequest::~CurlRequest() {
  if (easy_) curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

template <class Value>
void CurlRequest::set(CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy_, option, value);
  if (code != CURLE_OK && failed_option_ == CURLE_OK) failed_option_ = code;
}

Result<void> CurlRequest::prepare() {
  if (!easy_) return error(CURLE_OUT_OF_MEMORY);
  const HttpRequest& request = transfer_->request();
  if (!is_http_token(request.method)) {
    return Error{Errc::invalid_argument, fmt::format("Invalid method {}.", base::in_quotes(request.method))};
  }
  if (request.url.scheme != "http" && request.url.scheme != "https") {
    return Error{Errc::invalid_argument, fmt::format("Invalid URL scheme {}: use http or https.",
                                                     base::in_quotes(request.url.scheme))};
  }
  set(CURLOPT_ERRORBUFFER, detail_.data());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_NOSIGNAL, 1L);
  // A name that is being resolved does not delay the end of a request: its thread ends alone.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_MAXAGE_CONN, static_cast<long>(options_.idle_connection_age.count()));
  // curl takes 0 for its own limit of 300 s.
  const auto connect = request.timeouts.connect;
  set(CURLOPT_CONNECTTIMEOUT_MS, connect.count() > 0 ? milliseconds_of(connect) : 24L * 60 * 60 * 1000);
  set(CURLOPT_TIMEOUT_MS, milliseconds_of(request.timeouts.total));
  set(CURLOPT_URL, request.url.text().c_str());
  set(CURLOPT_BUFFERSIZE, kReceiveBlock);
  set(CURLOPT_WRITEFUNCTION, &CurlRequest::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &CurlRequest::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlRequest::on_open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set_method();
  set_tls();
  set_proxy();
  CONVERT_TRY(set_headers());
  if (failed_option_ != CURLE_OK) return error(failed_option_);
  return {};
}

void CurlRequest::set_method() {
  const HttpRequest& request = transfer_->request();
  const std::uint64_t size = transfer_->body_size();
  const bool sends_body = size > 0 || request.streamed_body_size || request.method == "POST" ||
                          request.method == "PUT" || request.method == "PATCH";
  if (request.method == "HEAD" && !sends_body) {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (sends_body) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    if (size > 64 * 1024) set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBlock);
    set(CURLOPT_READFUNCTION, &CurlRequest::on_send);
    set(CURLOPT_READDATA, static_cast<void*>(this));
    set(CURLOPT_SEEKFUNCTION, &CurlRequest::on_seek);
    set(CURLOPT_SEEKDATA, static_cast<void*>(this));
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void CurlRequest::set_tls() {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options_.ca_file.empty()) return;
  set(CURLOPT_CAINFO, options_.ca_file.c_str());
  set(CURLOPT_PROXY_CAINFO, options_.ca_file.c_str());
  // Otherwise the system's folder would be trusted besides the file.
  set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  set(CURLOPT_PROXY_CAPATH, static_cast<char*>(nullptr));
}

void CurlRequest::set_proxy() {
  const ProxyOptions& proxy = options_.proxy;
  if (transfer_->request().bypass_proxy || proxy.source == ProxyOptions::Source::none) {
    set(CURLOPT_PROXY, "");
  } else if (proxy.source == ProxyOptions::Source::address) {
    set(CURLOPT_PROXY, proxy.url.c_str());
    set(CURLOPT_NOPROXY, "");  // else the environment's no_proxy would count
  }
}

Result<void> CurlRequest::set_headers() {
  const HttpRequest& request = transfer_->request();
  const auto append = [&](const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_, line.c_str());
    if (longer) headers_ = longer;
    return longer != nullptr;
  };
  bool complete = true;
  for (const auto& [name, value] : request.headers) {
    if (!is_http_token(name) || !is_header_value(value)) {
      return Error{Errc::invalid_argument, fmt::format("The header {} of the request to {} is invalid.",
                                                       base::in_quotes(name), request.url.authority())};
    }
    if (base::equal_ignoring_case(name, "Content-Length")) continue;  // curl's own
    complete = complete && append(value.empty() ? name + ";" : name + ": " + value);
  }
  if (!request.headers.find("Host")) complete = complete && append("Host: " + request.url.authority());
  if (!request.headers.find("User-Agent")) set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  if (!request.headers.find("Expect")) complete = complete && append("Expect:");
  if (!complete) return error(CURLE_OUT_OF_MEMORY);
  set(CURLOPT_HTTPHEADER, headers_);
  return {};
}

CURLcode CurlRequest::resume() {
  const auto pauses = transfer_->resume();
  if (!pauses) return CURLE_OK;
  return curl_easy_pause(easy_,
                         (pauses->receiving ? CURLPAUSE_RECV : 0) | (pauses->sending ? CURLPAUSE_SEND : 0));
}

std::uint64_t CurlRequest::progress() const {
  curl_off_t received = 0;
  curl_off_t sent = 0;
  long heads = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &received);
  curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
  curl_easy_getinfo(easy_, CURLINFO_HEADER_SIZE, &heads);
  return static_cast<std::uint64_t>(received + sent + heads);
}

Error CurlRequest::error(CURLcode code) const {
  const Url& url = transfer_->request().url;
  if (address_refused_ && code == CURLE_COULDNT_CONNECT) {
    return Error{
        Errc::invalid_argument,
        fmt::format("The address of {} is not permitted: it is private or reserved.", url.authority())};
  }
  return curl_error(code, url, detail_.data());
}

std::size_t CurlRequest::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  switch (static_cast<CurlRequest*>(self)->transfer_->receive(std::as_bytes(std::span(data, bytes)))) {
    case Transfer::Taken::all:
      return bytes;
    case Transfer::Taken::paused:
      return CURL_WRITEFUNC_PAUSE;
    case Transfer::Taken::refused:
      break;
  }
  return bytes + 1;  // ends the transfer
}

std::size_t CurlRequest::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<CurlRequest*>(self)->transfer_->receive_header_line(line) ? line.size()
                                                                               : line.size() + 1;
}

std::size_t CurlRequest::on_send(char* data, std::size_t size, std::size_t count, void* self) {
  const auto sent =
      static_cast<CurlRequest*>(self)->transfer_->send(std::as_writable_bytes(std::span(data, size * count)));
  return sent ? *sent : CURL_READFUNC_PAUSE;
}

int CurlRequest::on_seek(void* self, curl_off_t offset, int origin) {
  const bool done = origin == SEEK_SET && offset >= 0 &&
                    static_cast<CurlRequest*>(self)->transfer_->rewind(static_cast<std::uint64_t>(offset));
  return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

curl_socket_t CurlRequest::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& request = *static_cast<CurlRequest*>(self);
  const auto& permit = request.options_.permit_address;
  if (permit && !permit(address->addr)) {
    request.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace convert::net
