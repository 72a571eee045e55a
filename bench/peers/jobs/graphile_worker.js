// SPDX-License-Identifier: MIT
// graphile-worker on PostgreSQL. SERVER is the folder of a Unix socket. Its local queue and batched
// completion are on, which made it faster by a half; jobs start sooner without them, so they are off where
// that is measured.
import { Logger, run } from 'graphile-worker';
import pg from 'pg';
import { Ended, measure, options } from './measure.js';

const settings = options();
const ended = new Ended();
const watcher = new pg.Client({ host: settings.server, user: 'bench', database: 'postgres' });
await watcher.connect();

const batches = {
  localQueue: { size: 500, refetchDelay: { durationMs: 10, threshold: 50, maxAbortThreshold: 100 } },
  completeJobBatchDelay: 0,
};
const runner = await run({
  logger: new Logger(() => () => {}),
  taskList: { job: async () => ended.add() },
  noHandleSignals: true,
  preset: {
    worker: {
      connectionString: `postgresql://bench@${encodeURIComponent(settings.server)}/postgres`,
      concurrentJobs: 8,
      pollInterval: 100,
      maxPoolSize: 20,
      ...(settings.latency ? {} : batches),
    },
  },
});

/** Completed jobs are deleted, a little after their functions have returned. */
async function allRecorded(jobs) {
  await ended.reach(jobs);
  while ((await watcher.query('select from graphile_worker.jobs limit 1')).rowCount > 0);
}

await measure(settings, () => runner.addJob('job', {}), allRecorded, ended);
await runner.stop();
await watcher.end();
