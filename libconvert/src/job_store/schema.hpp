// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include <convert/result.hpp>

#include "job_store/sqlite.hpp"

namespace convert::job_store {

/// One step of the schema, made in one transaction.
struct Migration {
  int version = 0;  ///< that it leads to: 1, 2, 3, ...
  /// The oldest version whose builds can still use the tables afterwards: a step that only adds leaves it.
  int oldest = 0;
  std::string_view statements;
};

/// All steps of this build, in order.
std::span<const Migration> migrations();

/// Brings the file to the last of `steps`; a newer file is left as it is, if it allows that. Several
/// processes may do it at once. Killed at any instant, it goes on where it was the next time. Errors:
/// `unsupported` (the file's schema is too new), `internal` (the file is another program's), and those of
/// the session.
Result<void> migrate(Session& session, std::span<const Migration> steps);

}  // namespace convert::job_store
