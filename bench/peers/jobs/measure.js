// SPDX-License-Identifier: MIT
// How every peer is measured: `jobs` empty jobs from so many submitters, each of which waits for an
// acknowledgement before it goes on, until the last one is recorded as completed.

/**
 * The words of the command line: where the server listens, how many jobs, how many submitters, or "latency"
 * instead of their number.
 */
export function options() {
  const [server, jobs, submitters] = process.argv.slice(2);
  const latency = submitters === 'latency';
  if (!server || !(jobs > 0) || !(latency || submitters > 0)) {
    console.error(`usage: ${process.argv[1]} SERVER JOBS SUBMITTERS|latency`);
    process.exit(2);
  }
  return { server, jobs: Number(jobs), submitters: latency ? 1 : Number(submitters), latency };
}

/** Counts what has ended. */
export class Ended {
  #count = 0;
  #waiting = null;
  last = 0; // performance.now() of the last `add`, which is the start of an empty job

  add(count = 1) {
    this.last = performance.now();
    this.#count += count;
    this.#tell();
  }

  /** Resolves as soon as `count` more have ended, from the last call on. */
  async reach(count) {
    await new Promise((resolve) => {
      this.#waiting = { count, resolve };
      this.#tell();
    });
    this.#count -= count;
  }

  #tell() {
    if (this.#waiting && this.#count >= this.#waiting.count) {
      this.#waiting.resolve();
      this.#waiting = null;
    }
  }
}

async function round(jobs, submitters, submit, allRecorded) {
  let left = jobs;
  const submitter = async () => {
    while (left-- > 0) await submit();
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: submitters }, submitter));
  await allRecorded(jobs);
  return (performance.now() - begin) / 1000;
}

/** From the submission of a job to its start, while no other job is there. */
async function measureLatency(jobs, submit, ended) {
  const warmUp = 20, betweenJobs = 10;
  const delays = [];
  for (let number = 0; number < warmUp + jobs; ++number) {
    await new Promise((resolve) => setTimeout(resolve, betweenJobs));
    const submitted = performance.now();
    const started = ended.reach(1).then(() => ended.last);
    await submit();
    const delay = ((await started) - submitted) / 1000;
    if (number >= warmUp) delays.push(delay);
  }
  delays.sort((a, b) => a - b);
  const quantile = (part) => delays[Math.round(part * (delays.length - 1))];
  console.log(JSON.stringify({ jobs, p50: quantile(0.5), p99: quantile(0.99) }));
}

/** One round to warm up, then the one that counts. Prints {"jobs": N, "seconds": S}. */
export async function measure({ jobs, submitters, latency }, submit, allRecorded, ended) {
  if (latency) return measureLatency(jobs, submit, ended);
  await round(Math.max(submitters, Math.floor(jobs / 5)), submitters, submit, allRecorded);
  const seconds = await round(jobs, submitters, submit, allRecorded);
  console.log(JSON.stringify({ jobs, seconds }));
}
