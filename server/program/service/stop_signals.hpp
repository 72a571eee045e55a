// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

/// The signals that stop the service: SIGINT, SIGTERM, and SIGHUP unless it is ignored.
namespace convertd {

/// Blocks or unblocks them in this thread (SIG_BLOCK, SIG_UNBLOCK). Threads inherit the mask: block them
/// before the first thread starts, and only the main thread receives them.
void mask_stop_signals(int how);

/// Whether the process ignores the signal, as SIGHUP under `nohup`.
bool is_ignored(int signal);

/// Waits at most `time` for one of them, while they are blocked. Returns whether one arrived.
bool stop_signal_within(std::chrono::milliseconds time);

}  // namespace convertd
