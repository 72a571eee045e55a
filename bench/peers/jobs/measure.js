// SPDX-License-Identifier: MIT
// How every peer is measured: `jobs` empty jobs from so many submitters, each of which waits for an
// acknowledgement before it goes on, until the last one is recorded as completed.

/** The words of the command line: where the server listens, how many jobs, how many submitters. */
export function options() {
  const [server, jobs, submitters] = process.argv.slice(2);
  if (!server || !(jobs > 0) || !(submitters > 0)) {
    console.error(`usage: ${process.argv[1]} SERVER JOBS SUBMITTERS`);
    process.exit(2);
  }
  return { server, jobs: Number(jobs), submitters: Number(submitters) };
}

/** Counts what has ended. */
export class Ended {
  #count = 0;
  #waiting = null;

  add(count = 1) {
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

/** One round to warm up, then the one that counts. Prints {"jobs": N, "seconds": S}. */
export async function measure({ jobs, submitters }, submit, allRecorded) {
  await round(Math.max(submitters, Math.floor(jobs / 5)), submitters, submit, allRecorded);
  const seconds = await round(jobs, submitters, submit, allRecorded);
  console.log(JSON.stringify({ jobs, seconds }));
}
