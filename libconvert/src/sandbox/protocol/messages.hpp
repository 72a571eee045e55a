// SPDX-License-Identifier: MIT
#pragma once

#include "sandbox/protocol/messages.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <convert/library.hpp>
#include <convert/result.hpp>

#include "sandbox/protocol/channel.hpp"

/// What goes over the two kinds of channels of a sandbox. Written and read by wire.hpp, which checks every
/// length, count, enumerator and text; the order of the fields there is the format. Both sides come from one
/// build
/// (`Hello::build` is compared), so that there is no versioning.
///
///     host ---- zygote channel ---- zygote          Hello, Ready, Exited; Fork
///       \------ worker channel ---- worker          Work, Reply...; Progress, ..., Finished
namespace convert::sandbox {

// --- Zygote to host ------------------------------------------------------------------------------

/// A row of the table of formats, with its own memory.
struct FormatRow {
  std::string name, title;
  Family family = Family::audio;
  std::vector<std::string> extensions;
  std::string mime_type;
  bool readable = false, writable = false;
  std::vector<std::string> codecs, options;
  FormatCapabilities capabilities;
  ForwardOnlySupport forward_only = ForwardOnlySupport::complete;
  std::string forward_only_missing;
};

/// The zygote is there. First message.
struct Hello {
  std::string build;             ///< convert::version()
  std::string confinement;       ///< how workers will be confined, for people; empty: they will not
  std::optional<Error> failure;  ///< it will not work, and why: it ends after this message
  std::vector<FormatRow> formats;
};

/// A worker was forked. With two descriptors: the host's end of its channel, and its pidfd. It waits for
/// `CallRequest`.
struct WorkerReady {
  std::int32_t pid = 0;
  std::string scratch;  ///< the name of its folder below the scratch root; empty: it has none
};

/// A worker has ended; `status` as from waitpid. With pid 0: one could not be forked, and `status` is the
/// system's reason (errno).
struct WorkerExited {
  std::int32_t pid = 0;
  std::int32_t status = 0;
};

// --- Host to zygote ------------------------------------------------------------------------------

/// Fork so many more.
struct ForkWorkers {
  std::uint32_t count = 1;
};

// --- Host to worker ------------------------------------------------------------------------------

/// An input of the call. One with a descriptor has it among those of the message, in order.
struct RequestedInput {
  std::string name;
  std::optional<std::uint64_t> size;
  bool seekable = false;
  bool has_descriptor = false;  ///< else it is read by `ReadInput`
  std::optional<std::uint32_t> mode{};
};

/// What to do. First and only one of its kind. An idle worker whose channel ends, ends.
struct CallRequest {
  enum class Call : std::uint8_t { probe, plan, convert } call = Call::convert;
  OutputSpec spec;
  std::vector<RequestedInput> inputs;
  Limits limits;
  std::uint32_t threads = 1;
  std::chrono::nanoseconds time_left{0};  ///< until the deadline; 0: none
};

/// The budget of threads has changed. Sent at any time.
struct ThreadBudget {
  std::uint32_t threads = 1;
};

/// Answers a worker's Create, RequestDescriptor, Read, Write or Commit; there is at most one of these on its
/// way.
struct Reply {
  std::optional<Error> error;
  std::uint32_t output = 0;  ///< of Create: the number of the new output
  bool seekable = false;     ///< of Create
  bool has_descriptor =
      false;  ///< of Create (a pipe, for one that can't seek) and RequestDescriptor: with the message
  std::vector<std::byte> bytes;  ///< of Read; empty: the end of the input
};

/// The most bytes that one `ReadInput` or `WriteOutput` may transfer.
inline constexpr std::size_t kMaxTransferBytes = std::size_t{1} << 20;

// --- Worker to host ------------------------------------------------------------------------------

struct CreateOutput {
  std::string name;
};
struct ReadInput {
  std::uint32_t input = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;  ///< at most kMaxTransferBytes
};
struct WriteOutput {
  std::uint32_t output = 0;
  std::uint64_t offset = 0;
  std::vector<std::byte> bytes;  ///< at most kMaxTransferBytes
};
/// The output will have more bytes than are worth a message: its descriptor is wanted, if it has one, through
/// which all are written then. Before any `WriteOutput` to it.
struct RequestDescriptor {
  std::uint32_t output = 0;
};
/// The output is complete. The host publishes it after `CallResult`, and if it was handed over, once the
/// worker has ended.
struct CommitOutput {
  std::uint32_t output = 0;
};

// Progress and Warning go as they are.

/// The call's result. Last message: the worker ends after it.
struct CallResult {
  std::variant<Error, MediaInfo, Plan, Report> result;
  bool out_of_memory = false;  ///< with an Error: because it met the bound on its memory
};

/// Sends a message of messages.hpp (or a Progress, or a Warning).
template <class Message>
Result<void> send_message(Channel& channel, const Message& message, std::span<const int> descriptors = {});

/// The kind of a message of that type, as in `Packet::kind`.
template <class Message>
std::uint8_t message_kind();

/// Reads the message that is in `packet`. Errors: `forbidden` (another kind, bytes missing or too many,
/// an enumerator that does not exist, a text that is no UTF-8 where it has to be, a count beyond reason).
template <class Message>
Result<Message> parse_message(const Packet& packet);

}  // namespace convert::sandbox
