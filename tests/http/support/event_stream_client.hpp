// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/support/raw_connection.hpp"

namespace convert::test {

/// A client of the event stream of a task.
class EventStreamClient {
 public:
  /// `path` of the stream; `fields` of the request, each with its line end.
  EventStreamClient(std::uint16_t port, const std::string& token, const std::string& path,
                    const std::string& fields = {});

  int status() const { return head_ ? head_->status : 0; }
  const RawResponse& head() const { return *head_; }
  std::string until(const std::string& mark) { return wire_.read_until(mark); }
  std::string rest() { return wire_.rest().value_or("it does not end"); }

 private:
  RawConnection wire_;
  std::optional<RawResponse> head_;
};

/// A task state reported by an event.
struct ReportedState {
  std::int64_t id = 0;
  std::string state;  ///< the API's name
  bool operator==(const ReportedState&) const = default;
};
/// For messages of tests.
std::ostream& operator<<(std::ostream& out, const ReportedState& reported);

/// The states in the text of an event stream.
std::vector<ReportedState> states_in(const std::string& events);

}  // namespace convert::test
