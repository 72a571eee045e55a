// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"

/// The descriptors that a worker may hold. Regular files are opened again, so that a compromised worker can
/// neither write to its input nor move the host's file offset. Pipes may be shared for reading. Sockets,
/// terminals and devices are never handed over, since a worker could use them to communicate.
namespace convert::sandbox {

/// A descriptor from which a worker can read the bytes of `reader`. Empty if there is none that it may have.
base::Descriptor descriptor_for_reading(const Reader& reader);

/// A descriptor to which a worker can write at offsets in place of `writer`. Empty if there is none.
base::Descriptor descriptor_for_writing(const Writer& writer);

/// The read end and the write end of a new pipe. Empty if there are too many open files.
std::pair<base::Descriptor, base::Descriptor> make_pipe();

/// The number of unread bytes in a pipe.
std::size_t bytes_waiting(const base::Descriptor& pipe);

}  // namespace convert::sandbox
