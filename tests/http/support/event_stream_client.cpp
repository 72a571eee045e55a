// SPDX-License-Identifier: MIT
#include "http/support/event_stream_client.hpp"

#include <ostream>

#include "http/support/api_client.hpp"

namespace convert::test {

EventStreamClient::EventStreamClient(std::uint16_t port, const std::string& token, const std::string& path,
                                     const std::string& fields)
    : wire_(port) {
  wire_.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" +
             (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + fields + "\r\n");
  head_ = wire_.head();
}

std::ostream& operator<<(std::ostream& out, const ReportedState& reported) {
  return out << reported.id << ' ' << reported.state;
}

std::vector<ReportedState> states_in(const std::string& events) {
  std::vector<ReportedState> states;
  for (std::size_t at = 0; (at = events.find("\nid: ", at)) != std::string::npos; ++at) {
    states.push_back({std::stoll(events.substr(at + 5)), member(events.substr(at), "state")});
  }
  return states;
}

}  // namespace convert::test
