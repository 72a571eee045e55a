// SPDX-License-Identifier: MIT
#include "faults/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "faults/sounds.hpp"
#include "faults/verdict.hpp"

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

/// One of eight is bad, one of eight asks for the same as another one; lengths are spread evenly over the
/// orders of magnitude, so that most jobs are quick and some are met at work.
Entry Ledger::new_entry() {
  const auto number = static_cast<std::uint32_t>(entries_.size());
  Entry entry;
  if (number > 8 && below(8) == 0) {
    entry = entries_[entries_.size() - 1 - below(8)];
    entry.endings = {natural_ending(entry, entry.endings.front().spec)};
    entry.id = 0;
  } else {
    entry.sound = static_cast<std::uint32_t>(random_());
    entry.seconds = below(8) == 0 ? 0 : 0.1 * std::pow(400.0, below(1000) / 1000.0);
    entry.owner = fmt::format("owner-{}", below(3));
    entry.endings = {natural_ending(entry, kSpecs[below(kSpecs.size())])};
  }
  entry.key = fmt::format("job-{}", number);
  return entry;
}

/// An answer of "conflict" says that an earlier, unanswered order was done.
bool Ledger::order(ChildEngine& engine, Entry& entry) const {
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

bool Ledger::submit(ChildEngine& engine) {
  entries_.push_back(new_entry());
  return order(engine, entries_.back());
}

bool Ledger::meddle(ChildEngine& engine) {
  if (entries_.empty()) return true;
  const auto recent = static_cast<unsigned>(std::min<std::size_t>(entries_.size(), 6));
  auto& entry = entries_[entries_.size() - 1 - below(recent)];
  if (entry.id == 0 || entry.endings.size() > 1 || entry.endings.front().kind == Ending::removed) return true;

  const auto now = entry.endings.front();
  Ending then;
  std::string command;
  switch (now.kind == Ending::cancelled ? 3 : below(3)) {
    case 0:
      then = {Ending::cancelled, now.spec};
      command = fmt::format("cancel {}", entry.id);
      break;
    case 1:
      then = natural_ending(entry, kSpecs[below(kSpecs.size())]);
      command = fmt::format("replace {} {}", entry.id, then.spec);
      break;
    case 2:
      then = {Ending::removed, now.spec};
      command = fmt::format("remove {}", entry.id);
      break;
    default:
      then = natural_ending(entry, now.spec);
      command = fmt::format("retry {}", entry.id);
  }
  const auto answer = engine.ask(command);
  if (answer && answer->ok) entry.endings = {then};
  if (!answer) entry.endings.push_back(then);  // whether it was done, nobody has heard
  return answer.has_value();
}

bool Ledger::settle(ChildEngine& engine) {
  return std::all_of(entries_.begin(), entries_.end(),
                     [&](Entry& entry) { return entry.id != 0 || order(engine, entry); });
}

std::vector<std::string> Ledger::complaints() const {
  const auto store = site_.store();
  Verdict verdict(site_, all_jobs(*store), all_changes(*store));
  std::vector<std::string> complaints;
  for (const auto& entry : entries_) {
    if (const auto complaint = verdict.on(entry); !complaint.empty()) {
      complaints.push_back(fmt::format("{} (job {}): {}", entry.key, entry.id, complaint));
    }
  }
  return complaints;
}

}  // namespace convert::test
