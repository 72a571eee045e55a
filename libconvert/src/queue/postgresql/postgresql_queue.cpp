// SPDX-License-Identifier: MIT
// Announcements between the hosts that share a PostgreSQL database, by NOTIFY: no tables.
//
// An announcement stays in this process if a thread waits for one here; else all hosts receive it, and the
// first that claims gets the job. A delayed one is sent at once, with its delay, so that it survives the host
// that made it. Announcements to a host that is not connected are lost. Where LISTEN does not work (PgBouncer
// in transaction mode), only those of this process arrive: the jobs of other hosts start with the next sweep.
//
// Permissions: CONNECT. Space: none in the database; here about a hundred bytes for each of up to 65,536 jobs
// that are announced and not yet received. Connections: one.
#include <convert/queue.hpp>

#include <algorithm>
#include <charconv>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/try.hpp"
#include "postgresql/connection_options.hpp"
#include "postgresql/notifications.hpp"
#include "postgresql/postgresql_connection.hpp"
#include "queue/due_announcements.hpp"

namespace convert {
namespace {

using postgresql::ConnectionOptions;
using postgresql::Notifications;
using std::chrono::milliseconds;

/// Engines without free threads receive nothing. They claim by themselves when a job ends.
constexpr std::size_t kMaxHeld = 65'536;
/// The first announcement is sent at once; those of the following time together.
constexpr milliseconds kSendInterval(5);
constexpr milliseconds kMaxSentDelay = std::chrono::hours(24 * 365);

/// What is sent: "SENDER JOB DELAY", with the delay in milliseconds.
struct SentAnnouncement {
  std::string_view sender;
  JobId job = 0;
  milliseconds delay{0};
};

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

std::optional<SentAnnouncement> parse_announcement(std::string_view text) {
  SentAnnouncement announcement;
  milliseconds::rep delay = 0;
  announcement.sender = take_word(text);
  if (!parse_number(take_word(text), announcement.job) || !parse_number(text, delay)) return std::nullopt;
  announcement.delay = milliseconds(delay);
  return announcement;
}

std::string random_sender() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

class PostgresqlQueue final : public Queue {
 public:
  explicit PostgresqlQueue(const ConnectionOptions& options)
      : channel_(options.schema + "_queue"),
        sender_(random_sender()),
        announcements_(kMaxHeld),
        notifications_(
            options, {channel_}, [this](std::string_view, std::string_view payload) { receive(payload); },
            kSendInterval) {}

  Result<void> announce(JobId id, milliseconds delay) override {
    const bool taken_here = announcements_.add(id, delay);
    const auto sent_delay = std::clamp(delay, milliseconds(0), kMaxSentDelay);
    if (taken_here && sent_delay.count() == 0) return {};
    notifications_.notify(channel_, fmt::format("{} {} {}", sender_, id, sent_delay.count()));
    return {};
  }

  Result<std::optional<JobId>> next(milliseconds wait) override { return announcements_.next(wait); }
  void wake() override { announcements_.wake(); }
  Result<void> ready() override { return notifications_.connected(); }

 private:
  /// In the thread of the notifications.
  void receive(std::string_view payload) {
    const auto announcement = parse_announcement(payload);
    if (!announcement || announcement->sender == sender_) return;
    announcements_.add(announcement->job, announcement->delay);
  }

  const std::string channel_;
  const std::string sender_;
  queue::DueAnnouncements announcements_;
  Notifications notifications_;  // last: its thread uses the others
};

}  // namespace

Result<std::shared_ptr<Queue>> postgresql_queue(std::string_view uri) {
  CONVERT_TRY_ASSIGN(const auto options, postgresql::parse_connection_uri(uri));
  CONVERT_TRY(postgresql::Connection::open(options));  // reports a wrong URI now
  return std::shared_ptr<Queue>(std::make_shared<PostgresqlQueue>(options));
}

}  // namespace convert
