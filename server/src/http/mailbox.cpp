// SPDX-License-Identifier: MIT
#include "http/mailbox.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>

#include "http/event_text.hpp"

namespace convert::server::http {

std::shared_ptr<Mailbox> Mailbox::make(const asio::any_io_executor& executor) {
  return std::shared_ptr<Mailbox>(new Mailbox(executor));
}

void Mailbox::tell_reader() {
  if (std::exchange(told_, true)) return;
  asio::post(executor_, [self = shared_from_this()]() {
    {
      const std::lock_guard lock(self->mutex_);
      self->told_ = false;
    }
    self->wake_.call();
  });
}

void Mailbox::keep(std::string event) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.push_back(std::move(event));
  latest_.clear();
  tell_reader();
}

void Mailbox::replace(std::string event) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  latest_ = std::move(event);
  tell_reader();
}

void Mailbox::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  tell_reader();
}

Async<std::optional<std::string>> Mailbox::take(std::chrono::steady_clock::time_point until) {
  for (bool late = false;; late = std::chrono::steady_clock::now() >= until) {
    {
      const std::lock_guard lock(mutex_);
      std::string all;
      for (const std::string& event : kept_) all += event;
      all += latest_;
      kept_.clear();
      latest_.clear();
      if (!all.empty() || ended_) co_return all;
    }
    if (late) co_return std::nullopt;
    co_await wake_.wait(until);
  }
}

namespace {

class EventSource final : public Source {
 public:
  EventSource(const Request& request, std::shared_ptr<Mailbox> mailbox, std::string first,
              std::shared_ptr<void> held, MayGoOn may_go_on, EventPace pace)
      : mailbox_(std::move(mailbox)),
        held_(std::move(held)),
        may_go_on_(std::move(may_go_on)),
        piece_(std::move(first)),
        pace_(pace),
        end_(Clock::now() + pace.life),
        closing_(request.closing, End{mailbox_.get()}),
        gone_(request.gone, End{mailbox_.get()}) {}

  Async<Result<std::string_view>> next() override {
    if (!std::exchange(begun_, true) && !piece_.empty()) co_return std::string_view(piece_);
    const auto now = Clock::now();
    if (now >= end_) co_return std::string_view();
    std::optional<std::string> news = co_await mailbox_->take(std::min(end_, now + pace_.silence));
    piece_ = news ? std::move(*news) : std::string(keep_alive_event);
    if (piece_.empty() || !may_go_on_) co_return std::string_view(piece_);
    auto asking = may_go_on_();
    if (!co_await std::move(asking)) co_return std::string_view();
    co_return std::string_view(piece_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct End {
    Mailbox* mailbox;
    void operator()() const { mailbox->end(); }
  };

  std::shared_ptr<Mailbox> mailbox_;
  std::shared_ptr<void> held_;
  MayGoOn may_go_on_;
  std::string piece_;
  EventPace pace_;
  Clock::time_point end_;
  bool begun_ = false;
  std::stop_callback<End> closing_;  // last: they end before what they use
  std::stop_callback<End> gone_;
};

}  // namespace

std::unique_ptr<Source> event_source(const Request& request, std::shared_ptr<Mailbox> mailbox,
                                     std::string first, std::shared_ptr<void> held, MayGoOn may_go_on,
                                     EventPace pace) {
  return std::make_unique<EventSource>(request, std::move(mailbox), std::move(first), std::move(held),
                                       std::move(may_go_on), pace);
}

Response event_response(std::unique_ptr<Source> source) {
  Response answer;
  answer.body = std::move(source);
  answer.with("Content-Type", "text/event-stream")
      .with("Cache-Control", "no-store")
      .with("X-Accel-Buffering", "no");  // nginx holds answers back otherwise
  return answer;
}

}  // namespace convert::server::http
