// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <convert/server/http.hpp>

#include "api/convert/format_list.hpp"
#include "api/support/concurrency_slots.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "base/file_descriptor.hpp"
#include "http/content/byte_queue.hpp"

namespace convert::server::api {

/// What is to be converted while it comes.
struct StreamRequest {
  OutputSpec spec;
  std::string name;                     ///< of the input
  std::optional<std::uint64_t> size{};  ///< of the input
  std::uint64_t max_bytes = 0;          ///< bytes that the input may have; 0: no limit
};

/// A conversion whose input is being received while its result is being sent. The body goes through a pipe to
/// the worker, the result through a queue to the answer; whoever is slow makes all others wait. Ends with
/// whichever ends first: it owns nothing that lasts.
class ConvertStream : public std::enable_shared_from_this<ConvertStream> {
 public:
  /// Starts to convert in a thread, and to receive in a coroutine of the request's executor. `reservation` is
  /// settled and `slot` given back at the end. Errors: `unavailable`.
  static Result<std::shared_ptr<ConvertStream>> start(Services& services, const Request& request,
                                                      StreamRequest stream_request, Slot slot,
                                                      QuotaReservation& reservation);

  /// Waits for the first bytes of the result, or the end without any. Errors: why there are none.
  Async<Result<bool>> wait_for_output();
  /// What went wrong with the body, if that is why it ended.
  std::optional<Error> upload_error() const;
  /// As the conversion suggests.
  std::string output_name() const;
  /// The rest of the result. Destroyed, it stops the conversion.
  std::unique_ptr<ResponseStream> source();
  /// Kills the worker. Thread-safe.
  void stop();

 private:
  struct StopOnDisconnect {
    ConvertStream* stream;
    void operator()() const { stream->stop(); }
  };

  ConvertStream(Services& services, const Request& request, StreamRequest stream_request, Slot slot,
                QuotaReservation& reservation);
  void run(base::Descriptor pipe);
  Result<Report> convert(base::Descriptor pipe);
  static Async<void> receive(std::shared_ptr<ConvertStream> stream, std::shared_ptr<Body> body,
                             base::Descriptor pipe);
  void set_upload_error(Error error);
  void set_output_name(std::string_view output);

  Services& services_;
  const asio::any_io_executor executor_;
  const KnownFormats execution_;
  const StreamRequest stream_request_;
  const Slot slot_;
  const Principal principal_;
  const std::string reservation_id_;
  const std::shared_ptr<http::ByteQueue> queue_;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::optional<Error> upload_error_;                        // guarded by mutex_
  std::string output_name_;                                  // guarded by mutex_
  std::stop_callback<StopOnDisconnect> stop_on_disconnect_;  // last: it ends before what it uses
};

}  // namespace convert::server::api
