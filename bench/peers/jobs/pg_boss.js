// SPDX-License-Identifier: MIT
// pg-boss on PostgreSQL. SERVER is the folder of a Unix socket. Woken by notifications; one worker that takes
// batches: several workers, with batches or without, were slower.
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { Ended, measure, options } from './measure.js';

const settings = options();
const server = { host: settings.server, user: 'bench', database: 'postgres' };
const ended = new Ended();
const watcher = new pg.Client(server);
await watcher.connect();

const boss = new PgBoss({ ...server, max: 20, useListenNotify: true });
boss.on('error', (error) => {
  console.error(error);
  process.exit(1);
});
await boss.start();
await boss.createQueue('jobs', { notify: true });
await boss.work('jobs', {
  batchSize: 100, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5,
}, async (jobs) => ended.add(jobs.length));

/** Jobs are recorded as completed a little after their functions have returned. */
async function allRecorded(jobs) {
  await ended.reach(jobs);
  const unfinished = "select from pgboss.job where name = 'jobs' and state < 'completed' limit 1";
  while ((await watcher.query(unfinished)).rowCount > 0);
}

await measure(settings, () => boss.send('jobs', {}), allRecorded, ended);
await watcher.end();
await boss.stop({ graceful: false });
