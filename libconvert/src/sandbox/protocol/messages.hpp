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

/// The messages of the two kinds of channels of a sandbox. Both sides are of the same build (`Hello::build`
/// is compared), so that there are no versions. messages.cpp lays them out and checks every length, count,
/// enumerator and text that it reads.
///
///     host ---- zygote channel ---- zygote     Hello, WorkerReady, WorkerExited; ForkWorkers
///       \------ worker channel ---- worker     CallRequest, Reply, ThreadBudget; Progress, ..., CallResult
namespace convert::sandbox {

// --- Zygote to host ------------------------------------------------------------------------------

/// An OptionRange with its own strings.
struct OptionRangeRow {
  std::string option, codec;
  double min = 0, max = 0;
  std::vector<std::string> values;
  std::string unit;
};

/// A row of the table of formats, with its own strings.
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
  std::vector<OptionRangeRow> option_ranges;
};

/// The first message: the zygote has started.
struct Hello {
  std::string build;             ///< convert::version()
  std::string confinement;       ///< how workers are confined, for people; empty if they are not
  std::optional<Error> failure;  ///< why it cannot work; then it ends after this message
  std::vector<FormatRow> formats;
};

/// A worker was forked and waits for its `CallRequest`. Carries two descriptors: the host's end of its
/// channel and its pidfd.
struct WorkerReady {
  std::int32_t pid = 0;
  std::string scratch;  ///< the name of its folder below the scratch root; may be empty
};

/// A worker has ended with `status`, as from waitpid. With pid 0: a worker could not be forked, and `status`
/// is the errno.
struct WorkerExited {
  std::int32_t pid = 0;
  std::int32_t status = 0;
};

// --- Host to zygote ------------------------------------------------------------------------------

/// Fork this many workers.
struct ForkWorkers {
  std::uint32_t count = 1;
};

// --- Host to worker ------------------------------------------------------------------------------

/// An input of the call. The message carries the descriptors of those that have one, in order.
struct RequestedInput {
  std::string name;
  std::optional<std::uint64_t> size;
  bool seekable = false;
  bool has_descriptor = false;  ///< otherwise it is read with `ReadInput`
  std::optional<std::uint32_t> mode{};
};

/// The call to run: the first message to a worker, sent once.
struct CallRequest {
  enum class Call : std::uint8_t { probe, plan, convert } call = Call::convert;
  OutputSpec spec;
  std::vector<RequestedInput> inputs;
  Limits limits;
  std::uint32_t threads = 1;
  std::chrono::nanoseconds time_left{0};  ///< until the deadline; 0 without one
};

/// The budget of threads has changed. May come at any time.
struct ThreadBudget {
  std::uint32_t threads = 1;
};

/// The answer to a worker's CreateOutput, RequestDescriptor, ReadInput, WriteOutput or CommitOutput. A worker
/// sends one such request at a time.
struct Reply {
  std::optional<Error> error;
  std::uint32_t output = 0;      ///< of CreateOutput: the index of the new output
  bool seekable = false;         ///< of CreateOutput
  bool has_descriptor = false;   ///< of CreateOutput (a pipe if the output cannot seek) and RequestDescriptor
  std::vector<std::byte> bytes;  ///< of ReadInput; empty at the end of the input
};

/// The maximum number of bytes in one `ReadInput` or `WriteOutput`.
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
/// Requests the descriptor of a large output, to write all of its bytes through it. Must come before any
/// `WriteOutput` to it. The reply has no descriptor if the output has none.
struct RequestDescriptor {
  std::uint32_t output = 0;
};
/// The output is complete. The host publishes it after `CallResult`, and after the worker has ended if that
/// has the descriptor.
struct CommitOutput {
  std::uint32_t output = 0;
};

// Progress and Warning are messages too.

/// The result of the call. The last message: the worker ends after it.
struct CallResult {
  std::variant<Error, MediaInfo, Plan, Report> result;
  bool out_of_memory = false;  ///< the Error says that it reached its memory limit
};

/// Sends a message. Errors: those of Channel::send.
template <class Message>
Result<void> send_message(Channel& channel, const Message& message, std::span<const int> descriptors = {});

/// The value of `Packet::kind` for messages of that type.
template <class Message>
std::uint8_t message_kind();

/// Reads the message in `packet`. Errors: `forbidden` (another kind, missing or extra bytes, an unknown
/// enumerator, a text that must be UTF-8 and is not, a count that exceeds the bytes that follow).
template <class Message>
Result<Message> parse_message(const Packet& packet);

}  // namespace convert::sandbox
