// SPDX-License-Identifier: MIT
// How the walks say what they want, and how their steps are counted.
import assert from 'node:assert/strict';

export { assert };

const shown = (answer) => `${answer.status} ${answer.bytes.toString('utf8').slice(0, 400)}`;

/** That status; for problems also that code, the older member "error", and the status again. */
export function want(answer, status, code) {
  assert.equal(answer.status, status, shown(answer));
  if (status >= 400) {
    assert.ok(answer.bytes.includes(code), `no "${code}" in ${shown(answer)}`);
    assert.equal(answer.json.error, answer.json.detail, shown(answer));
    assert.equal(answer.json.status, status, shown(answer));
  }
  return answer;
}

/** Runs named steps one after the other; each may fail, the others go on. */
export class Steps {
  passed = 0;
  failed = [];

  async run(title, step) {
    try {
      await step();
      this.passed += 1;
    } catch (error) {
      this.failed.push(title);
      console.log(`FAILED ${title}: ${error.message}`);
    }
  }
}
