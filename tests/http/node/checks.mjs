// SPDX-License-Identifier: MIT
// Assertions and counted steps for the checks.
import assert from 'node:assert/strict';

export { assert };

const summary = (answer) => `${answer.status} ${answer.bytes.toString('utf8').slice(0, 400)}`;

/** Expects a status; of an error also its code, the older member "error", and the status in its body. */
export function expectStatus(answer, status, code) {
  assert.equal(answer.status, status, summary(answer));
  if (status >= 400) {
    assert.ok(answer.bytes.includes(code), `no "${code}" in ${summary(answer)}`);
    assert.equal(answer.json.error, answer.json.detail, summary(answer));
    assert.equal(answer.json.status, status, summary(answer));
  }
  return answer;
}

/** Runs named steps in sequence. A step that fails does not stop the others. */
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
