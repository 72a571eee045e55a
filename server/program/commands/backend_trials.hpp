// SPDX-License-Identifier: MIT
#pragma once

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/result.hpp>
#include <convert/server/accounts.hpp>
#include <convert/storage.hpp>

/// Tries of a backend with real data, for `convertd check`. Each deletes what it made, also after an error;
/// what a crash leaves is deleted as an orphan. Safe beside running servers. Errors: those of the first step
/// that fails, with the step.
namespace convertd {

convert::Result<void> try_storage(convert::Storage& storage);

/// The task that it records is due in a day, so that no worker takes it.
convert::Result<void> try_job_store(convert::JobStore& store);

convert::Result<void> try_account_store(convert::server::AccountStore& store);

/// Whether the announcement of a task arrived here within two seconds. The task does not exist: an engine
/// that receives it looks for work and finds none.
convert::Result<bool> try_queue(convert::Queue& queue);

}  // namespace convertd
