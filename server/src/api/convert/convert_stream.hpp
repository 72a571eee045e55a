// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <convert/execution.hpp>
#include <convert/server/http.hpp>

#include "api/support/concurrency_slots.hpp"
#include "api/support/services.hpp"
#include "api/tasks/quota.hpp"
#include "base/file_descriptor.hpp"
#include "http/content/byte_queue.hpp"

namespace convert::server::api {

/// A conversion whose input is converted while it arrives.
struct StreamRequest {
  OutputSpec spec;
  std::string name;                     ///< of the input
  std::optional<std::uint64_t> size{};  ///< of the input
  std::uint64_t max_bytes = 0;          ///< of the input; 0: no limit
};

/// A conversion that receives its input while it sends its result. The body goes through a pipe to the
/// worker, the result through a queue to the response; the slowest of them sets the pace. Ends when any of
/// them ends; it stores nothing.
class ConvertStream : public std::enable_shared_from_this<ConvertStream> {
 public:
  /// Starts the conversion on a thread and the reception on the request's executor. At the end, settles
  /// `reservation` and frees `slot`. Error: `unavailable`.
  static Result<std::shared_ptr<ConvertStream>> start(Services& services,
                                                      std::shared_ptr<const Execution> execution,
                                                      const Request& request, StreamRequest stream_request,
                                                      Slot slot, QuotaReservation& reservation);

  /// Waits for the first bytes of the result. Error: that of the conversion, if it ends without any.
  Async<Result<bool>> wait_for_output();
  /// The error of the body, if it ended the conversion.
  std::optional<Error> upload_error() const;
  /// The name that the conversion has given to its output.
  std::string output_name() const;
  /// The result. Its destructor stops the conversion.
  std::unique_ptr<ResponseStream> source();
  /// Stops the conversion. Thread-safe.
  void stop();

 private:
  struct StopOnDisconnect {
    ConvertStream* stream;
    void operator()() const { stream->stop(); }
  };

  ConvertStream(Services& services, std::shared_ptr<const Execution> execution, const Request& request,
                StreamRequest stream_request, Slot slot, QuotaReservation& reservation);
  void run(base::Descriptor pipe);
  Result<Report> convert(base::Descriptor pipe);
  static Async<void> receive(std::shared_ptr<ConvertStream> stream, std::shared_ptr<Body> body,
                             base::Descriptor pipe);
  void set_upload_error(Error error);
  void set_output_name(std::string_view output);

  Services& services_;
  const asio::any_io_executor executor_;
  const std::shared_ptr<const Execution> execution_;
  const StreamRequest stream_request_;
  const Slot slot_;
  const Principal principal_;
  const std::string reservation_id_;
  const std::shared_ptr<http::ByteQueue> queue_;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::optional<Error> upload_error_;  // guarded by mutex_
  std::string output_name_;            // guarded by mutex_
  std::stop_callback<StopOnDisconnect>
      stop_on_disconnect_;  // last, so that it is destroyed before the members it uses
};

}  // namespace convert::server::api
