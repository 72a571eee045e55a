// SPDX-License-Identifier: MIT
#pragma once

/// The one header that most programs include.
#include <convert/converter.hpp>
#include <convert/durability.hpp>
#include <convert/engine.hpp>
#include <convert/execution.hpp>
#include <convert/format.hpp>
#include <convert/io.hpp>
#include <convert/job.hpp>
#include <convert/job_store.hpp>
#include <convert/json.hpp>
#include <convert/library.hpp>
#include <convert/life_cycle.hpp>
#include <convert/media_info.hpp>
#include <convert/options.hpp>
#include <convert/output_spec.hpp>
#include <convert/plan.hpp>
#include <convert/queue.hpp>
#include <convert/result.hpp>
#include <convert/s3_storage.hpp>
#include <convert/sandbox.hpp>
#include <convert/storage.hpp>
#include <convert/time.hpp>
#include <convert/version.hpp>
