// SPDX-License-Identifier: MIT
#include "http/content/event_stream.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>
#include "http/content/event_format.hpp"

namespace convert::server::http {

std::shared_ptr<EventQueue> EventQueue::make(const asio::any_io_executor& executor) {
  return std::shared_ptr<EventQueue>(new EventQueue(executor));
}

void EventQueue::notify_reader() {
  if (std::exchange(notification_pending_, true)) return;
  asio::post(executor_, [self = shared_from_this()]() {
    {
      const std::lock_guard lock(self->mutex_);
      self->notification_pending_ = false;
    }
    self->event_.set();
  });
}

void EventQueue::push(std::string event) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  if (events_.size() == kMaxQueuedEvents) events_.pop_front();
  events_.push_back(std::move(event));
  latest_.clear();
  notify_reader();
}

void EventQueue::set_latest(std::string event) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  latest_ = std::move(event);
  notify_reader();
}

void EventQueue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  notify_reader();
}

Async<std::optional<std::string>> EventQueue::take(std::chrono::steady_clock::time_point until) {
  for (bool late = false;; late = std::chrono::steady_clock::now() >= until) {
    {
      const std::lock_guard lock(mutex_);
      std::string all;
      for (const std::string& event : events_) all += event;
      all += latest_;
      events_.clear();
      latest_.clear();
      if (!all.empty() || ended_) co_return all;
    }
    if (late) co_return std::nullopt;
    co_await event_.wait(until);
  }
}

namespace {

class EventStream final : public ResponseStream {
 public:
  EventStream(const Request& request, std::shared_ptr<EventQueue> events, std::string first_event,
              std::shared_ptr<void> resources, AuthorizationCheck still_authorized, EventStreamTiming timing)
      : events_(std::move(events)),
        resources_(std::move(resources)),
        still_authorized_(std::move(still_authorized)),
        piece_(std::move(first_event)),
        timing_(timing),
        end_(Clock::now() + timing.max_duration),
        closing_(request.server_stopping, End{events_.get()}),
        gone_(request.client_disconnected, End{events_.get()}) {}

  Async<Result<std::string_view>> next() override {
    if (!std::exchange(started_, true) && !piece_.empty()) co_return std::string_view(piece_);
    const auto now = Clock::now();
    if (now >= end_) co_return std::string_view();
    std::optional<std::string> events =
        co_await events_->take(std::min(end_, now + timing_.keep_alive_interval));
    piece_ = events ? std::move(*events) : std::string(kKeepAliveEvent);
    if (piece_.empty() || !still_authorized_) co_return std::string_view(piece_);
    auto check = still_authorized_();
    if (!co_await std::move(check)) co_return std::string_view();
    co_return std::string_view(piece_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct End {
    EventQueue* events;
    void operator()() const { events->end(); }
  };

  std::shared_ptr<EventQueue> events_;
  std::shared_ptr<void> resources_;
  AuthorizationCheck still_authorized_;
  std::string piece_;
  EventStreamTiming timing_;
  Clock::time_point end_;
  bool started_ = false;
  std::stop_callback<End> closing_;  // last members: destroyed before what they use
  std::stop_callback<End> gone_;
};

}  // namespace

std::unique_ptr<ResponseStream> make_event_stream(const Request& request, std::shared_ptr<EventQueue> events,
                                                  std::string first_event, std::shared_ptr<void> resources,
                                                  AuthorizationCheck still_authorized,
                                                  EventStreamTiming timing) {
  return std::make_unique<EventStream>(request, std::move(events), std::move(first_event),
                                       std::move(resources), std::move(still_authorized), timing);
}

Response event_stream_response(std::unique_ptr<ResponseStream> source) {
  Response response;
  response.body = std::move(source);
  response.with("Content-Type", "text/event-stream")
      .with("Cache-Control", "no-store")
      .with("X-Accel-Buffering", "no");  // disables buffering in nginx
  return response;
}

}  // namespace convert::server::http
