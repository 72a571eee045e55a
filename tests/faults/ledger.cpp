// SPDX-License-Identifier: MIT
#include "faults/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <utility>

#include "faults/verdict.hpp"
#include "support/sounds.hpp"

namespace convert::test {
namespace {

constexpr std::array<const char*, 4> kSpecs{"format=mp3", "format=flac", "format=ogg", "format=wav"};

Ending natural_ending(const Entry& entry, const std::string& spec) {
  return {entry.seconds > 0 ? Ending::succeeded : Ending::failed, spec};
}

}  // namespace

std::string content_of(const Entry& entry) {
  return entry.seconds > 0 ? wav(entry.seconds, entry.sound) : broken_wav(entry.sound);
}

Entry Ledger::twin_of(Entry entry) const {
  entry.endings = {natural_ending(entry, entry.endings.front().spec)};
  entry.id = 0;
  entry.key = fmt::format("job-{}", entries_.size());
  return entry;
}

/// One of eight is bad, one of eight asks for the same as another one; lengths are spread evenly over the
/// orders of magnitude, so that most jobs are quick and some are met at work.
Entry Ledger::new_entry() {
  if (entries_.size() > 8 && below(8) == 0) return twin_of(entries_[entries_.size() - 1 - below(8)]);
  Entry entry;
  entry.sound = static_cast<std::uint32_t>(random_());
  entry.seconds = below(8) == 0 ? 0 : 0.1 * std::pow(400.0, below(1000) / 1000.0);
  entry.owner = fmt::format("owner-{}", below(3));
  entry.endings = {natural_ending(entry, kSpecs[below(kSpecs.size())])};
  entry.key = fmt::format("job-{}", entries_.size());
  return entry;
}

/// An answer of "conflict" says that an earlier, unanswered order was done.
bool Ledger::order_new(ChildEngine& engine, Entry& entry) const {
  const auto input = site_.add_input(entry.key + ".wav", content_of(entry));
  const auto answer = engine.ask(
      fmt::format("submit {} {} {} {}", entry.key, entry.owner, input.string(), entry.endings.front().spec));
  std::filesystem::remove(input);
  if (!answer) return false;
  if (answer->ok) entry.id = std::stoll(answer->text);
  if (answer->code != "conflict") return true;
  JobFilter filter;
  filter.owner = entry.owner;
  filter.unique_key = entry.key;
  const auto jobs = must(site_.store()->list(filter));
  if (!jobs.empty()) entry.id = jobs.front().id;
  return true;
}

bool Ledger::submit(ChildEngine& engine, std::optional<double> seconds) {
  auto entry = new_entry();
  if (seconds) {
    entry.seconds = *seconds;
    entry.sound = static_cast<std::uint32_t>(random_());  // a twin would take the result of the other one
    entry.endings = {natural_ending(entry, "format=mp3")};
  }
  entries_.push_back(std::move(entry));
  return order_new(engine, entries_.back());
}

bool Ledger::give(ChildEngine& engine, Entry& entry, Order order) {
  const auto now = entry.endings.front();
  Ending then;
  std::string command;
  switch (order) {
    case Order::cancel:
      then = {Ending::cancelled, now.spec};
      command = fmt::format("cancel {}", entry.id);
      break;
    case Order::replace:
      then = natural_ending(entry, kSpecs[below(kSpecs.size())]);
      command = fmt::format("replace {} {}", entry.id, then.spec);
      break;
    case Order::remove:
      then = {Ending::removed, now.spec};
      command = fmt::format("remove {}", entry.id);
      break;
    case Order::retry:
      then = natural_ending(entry, now.spec);
      command = fmt::format("retry {}", entry.id);
  }
  const auto answer = engine.ask(command);
  if (answer && answer->ok) entry.endings = {then};
  if (!answer) entry.endings.push_back(then);  // whether it was done, nobody has heard
  return answer.has_value();
}

bool Ledger::meddle(ChildEngine& engine) {
  if (entries_.empty()) return true;
  const auto recent = static_cast<unsigned>(std::min<std::size_t>(entries_.size(), 6));
  auto& entry = entries_[entries_.size() - 1 - below(recent)];
  if (entry.id == 0 || entry.endings.size() > 1) return true;
  if (entry.endings.front().kind == Ending::removed) return true;
  const bool cancelled = entry.endings.front().kind == Ending::cancelled;
  return give(engine, entry, cancelled ? Order::retry : static_cast<Order>(below(3)));
}

bool Ledger::give_every_order(ChildEngine& engine) {
  constexpr double kLong = 120;
  for (const auto order : {Order::replace, Order::remove, Order::cancel}) {
    if (!submit(engine, kLong) || !give(engine, entries_.back(), order)) return false;
  }
  if (!give(engine, entries_.back(), Order::retry) || !submit(engine, kLong)) return false;
  entries_.push_back(twin_of(entries_.back()));
  return order_new(engine, entries_.back());
}

bool Ledger::settle(ChildEngine& engine) {
  return std::all_of(entries_.begin(), entries_.end(),
                     [&](Entry& entry) { return entry.id != 0 || order_new(engine, entry); });
}

std::vector<std::string> Ledger::complaints(int spare) const {
  const auto store = site_.store();
  Verdict verdict(site_, all_jobs(*store), all_changes(*store), spare);
  std::vector<std::string> complaints;
  for (const auto& entry : entries_) {
    if (const auto complaint = verdict.on(entry); !complaint.empty()) {
      complaints.push_back(fmt::format("{} (job {}): {}", entry.key, entry.id, complaint));
    }
  }
  return complaints;
}

}  // namespace convert::test
