// SPDX-License-Identifier: MIT
// BullMQ on Redis. SERVER is a Unix socket. One process: a second one for the worker, more workers, automatic
// pipelining and removing completed jobs were tried, and none was faster.
import { Queue, Worker } from 'bullmq';
import { Ended, measure, options } from './measure.js';

const settings = options();
const connection = { path: settings.server, maxRetriesPerRequest: null };
const ended = new Ended();

const queue = new Queue('jobs', { connection });
const worker = new Worker('jobs', async () => {}, { connection, concurrency: 8 });
worker.on('completed', () => ended.add());
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);

await measure(settings, () => queue.add('job', {}), (jobs) => ended.reach(jobs));
await worker.close();
await queue.close();
