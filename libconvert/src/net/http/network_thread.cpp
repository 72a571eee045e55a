// SPDX-License-Identifier: MIT
#include "net/http/network_thread.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "base/try.hpp"

namespace convert::net {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kIdleCheck{500};
constexpr std::chrono::milliseconds kNothingToDo{60'000};

Result<void> check_client_options(const HttpClientOptions& options) {
  if (!options.ca_file.empty() && ::access(options.ca_file.c_str(), R_OK) != 0) {
    return Error{Errc::invalid_argument, fmt::format("The file of the trusted authorities {} cannot be read.",
                                                     base::in_quotes(options.ca_file.string()))};
  }
  if (options.proxy.source != ProxyOptions::Source::address) return {};
  const std::size_t scheme = options.proxy.url.find("://");
  if (scheme == std::string::npos || scheme + 3 == options.proxy.url.size()) {
    return Error{Errc::invalid_argument, "The proxy's address is invalid. Write it as \"http://host:3128\"."};
  }
  return {};
}

/// Signals belong to the program: the network thread receives none, and SIGPIPE of a broken connection stays
/// blocked.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

Result<std::shared_ptr<NetworkThread>> NetworkThread::create(HttpClientOptions options) {
  CONVERT_TRY(check_client_options(options));
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* const multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (!multi) return Error{Errc::unavailable, "There are no resources for an HTTP client.", true};
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(options.idle_connections));
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  auto thread = std::make_shared<NetworkThread>(std::move(options), multi);
  try {
    const AllSignalsBlocked blocked;
    thread->thread_ = std::thread([raw = thread.get()] { raw->run(); });
  } catch (const std::system_error&) {
    return Error{Errc::unavailable, "There are no resources for an HTTP client.", true};
  }
  return thread;
}

NetworkThread::NetworkThread(HttpClientOptions options, CURLM* multi)
    : options_(std::move(options)), multi_(multi), idle_checked_(steady_clock::now()) {}

NetworkThread::~NetworkThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  if (thread_.joinable()) thread_.join();
  curl_multi_cleanup(multi_);
}

void NetworkThread::attend(std::shared_ptr<Transfer> transfer) {
  {
    const std::lock_guard lock(mutex_);
    attended_.push_back(std::move(transfer));
  }
  curl_multi_wakeup(multi_);
}

void NetworkThread::run() {
  while (take_attended()) {
    int active = 0;
    curl_multi_perform(multi_, &active);
    end_completed();
    stop_refused_bodies();
    end_idle();
    const auto wait = running_.empty() ? kNothingToDo : kIdleCheck;
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
  // Each HttpExchange keeps the thread: at this point no transfer is left.
}

/// False once the thread has to stop.
bool NetworkThread::take_attended() {
  std::vector<std::shared_ptr<Transfer>> attended;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    attended.swap(attended_);
  }
  for (const auto& transfer : attended) attend_now(transfer);
  return true;
}

void NetworkThread::attend_now(const std::shared_ptr<Transfer>& transfer) {
  const auto found = running_.find(transfer.get());
  if (transfer->is_cancelled()) {
    end(transfer.get(), {});
  } else if (found == running_.end()) {
    if (!transfer->has_ended()) start(transfer);
  } else {
    const CURLcode code = found->second.request->resume();
    if (code != CURLE_OK) end(transfer.get(), found->second.request->error(code));
  }
}

void NetworkThread::start(const std::shared_ptr<Transfer>& transfer) {
  auto request = std::make_unique<CurlRequest>(transfer, options_);
  auto prepared = request->prepare();
  if (prepared && curl_multi_add_handle(multi_, request->handle()) != CURLM_OK) {
    prepared = request->error(CURLE_OUT_OF_MEMORY);
  }
  if (!prepared) return transfer->finish(std::move(prepared).error());
  running_.emplace(transfer.get(), Running{std::move(request), 0, steady_clock::now()});
}

/// Ends a transfer that may be running. Its request is no longer used afterwards.
void NetworkThread::end(Transfer* transfer, std::optional<Error> error) {
  if (const auto found = running_.find(transfer); found != running_.end()) {
    // The transfer is kept by the request, and finished only once curl has let go of its buffers.
    auto request = std::move(found->second.request);
    running_.erase(found);
    curl_multi_remove_handle(multi_, request->handle());
    transfer->finish(std::move(error));
    return;
  }
  transfer->finish(std::move(error));
}

void NetworkThread::end_completed() {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* self = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
    auto& request = *reinterpret_cast<CurlRequest*>(self);
    std::optional<Error> error;
    if (code != CURLE_OK) error = request.error(code);
    end(&request.transfer(), std::move(error));
  }
}

/// curl 7.88 does not end a transfer whose body is paused, though the response has ended: the pause ends
/// here.
void NetworkThread::stop_refused_bodies() {
  for (auto& [transfer, running] : running_) {
    if (transfer->body_is_refused()) static_cast<void>(running.request->resume());
  }
}

/// Ends transfers without a byte for longer than their timeout. (curl's own check of the speed also counts
/// the time in which an upload is paused.)
void NetworkThread::end_idle() {
  const auto now = steady_clock::now();
  if (now - idle_checked_ < kIdleCheck) return;
  idle_checked_ = now;
  std::vector<Transfer*> idle;
  for (auto& [transfer, running] : running_) {
    const std::uint64_t progress = running.request->progress();
    if (progress != running.progress || transfer->is_paused()) {
      running.progress = progress;
      running.progress_time = now;
    }
    const auto limit = transfer->request().timeouts.idle;
    if (limit.count() > 0 && now - running.progress_time > limit) idle.push_back(transfer);
  }
  for (Transfer* const transfer : idle) {
    const double limit = std::chrono::duration<double>(transfer->request().timeouts.idle).count();
    end(transfer,
        Error{Errc::unavailable,
              fmt::format("{} sent and took nothing for {:g} s.", transfer->request().url.authority(), limit),
              true});
  }
}

}  // namespace convert::net
