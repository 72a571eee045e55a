// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <convert/io.hpp>

#include "base/file_descriptor.hpp"

/// Which descriptors a worker may hold. Regular files are opened again, so that a worker that was taken over
/// can neither write into its input nor move the offset of ours; pipes may be read as they are. Nothing else
/// is handed over: through a socket, a terminal or a device it could talk to others.
namespace convert::sandbox {

/// A descriptor from which a worker reads what `reader` reads; empty: there is none that it may have.
base::Descriptor descriptor_for_reading(const Reader& reader);

/// A descriptor to which a worker writes in place of `writer`, at offsets; empty: there is none.
base::Descriptor descriptor_for_writing(const Writer& writer);

/// The two ends of a pipe: to read, to write. Empty: no descriptor is left.
std::pair<base::Descriptor, base::Descriptor> make_pipe();

/// The bytes that wait in a pipe.
std::size_t bytes_waiting(const base::Descriptor& pipe);

}  // namespace convert::sandbox
