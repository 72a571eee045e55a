// SPDX-License-Identifier: MIT
// contract.mjs DOCUMENT CONVERTD TESTS...: holds the real convertd against the OpenAPI document. Everything goes
// through the validating proxy: newman's flow, a walk through every row of the API, and the TESTS, which are
// programs of GoogleTest that obey CONVERT_HTTP_PROXY_FOR_TESTS. At the end every operation and every status of
// the document has to have been seen, or to stand in unseen.json with a reason.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { member } from './client.mjs';
import { Steps, assert } from './checks.mjs';
import { ContractProxy } from './contract_proxy.mjs';
import { Daemon } from './daemon.mjs';
import { Document } from './document.mjs';
import { walkAccounts } from './walk_accounts.mjs';
import { walkEdges } from './walk_edges.mjs';
import { walkLimits } from './walk_limits.mjs';
import { walkOthers } from './walk_others.mjs';
import { walkTasks } from './walk_tasks.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [documentFile, program, ...tests] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'convert-contract-'));
const document = new Document(documentFile);
const proxy = await new ContractProxy(document).listen();
const steps = new Steps();

function media() {
  const sound = (source, name, ...words) => {
    const file = join(folder, name);
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...words, file]);
    return readFileSync(file);
  };
  return {
    song: sound('sine=frequency=440:duration=3', 'song.mp3', '-b:a', '128k'),
    blink: sound('sine=frequency=440:duration=1', 'blink.mp3', '-b:a', '64k'),
    noise: sound('anoisesrc=duration=120', 'noise.wav', '-ac', '2'),
  };
}

/** Runs a program; if it fails, what it printed is shown. */
async function runs(command, words, env) {
  try {
    const { stdout } = await promisify(execFile)(command, words, { env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    throw new Error(`${command}: ${error.code}\n${error.stdout}${error.stderr}`);
  }
}

function everythingWasSeen() {
  const reasons = JSON.parse(readFileSync(join(here, 'unseen.json'), 'utf8'));
  const missing = [];
  const idle = [];
  for (const { id, responses } of document.operations) {
    for (const status of Object.keys(responses)) {
      const seen = proxy.seen.has(`${id} ${status}`);
      const reason = reasons[id]?.[status] ?? reasons['*'][status];
      if (!seen && !reason) missing.push(`${id} ${status}`);
      if (seen && reasons[id]?.[status]) idle.push(`${id} ${status}`);
    }
  }
  assert.deepEqual(missing, [], 'in the document and never seen');
  assert.deepEqual(idle, [], 'seen, though unseen.json has it');
}

const address = `http://127.0.0.1:${proxy.port}`;
let daemon;
try {
  const sounds = media();
  daemon = new Daemon(program, join(folder, 'data'));
  const origin = await daemon.ready();
  const make = () => member(origin, proxy.port);
  await steps.run('newman: from sign-up to 404', async () => process.stdout.write(
    await runs(process.execPath, [join(here, 'flow.mjs'), origin, folder], { HTTP_PROXY: address, NO_PROXY: '', no_proxy: '' })));
  await walkAccounts(steps, origin, proxy.port);
  await walkTasks(steps, make, sounds);
  await walkOthers(steps, make, sounds, document);
  await walkEdges(steps, make, sounds, document);
  await walkLimits(steps, program, folder, proxy.port, sounds.blink);
  for (const test of tests) {
    await steps.run(test, () => runs(test, ['--gtest_brief=1'], { CONVERT_HTTP_PROXY_FOR_TESTS: address }));
  }
  await steps.run('no answer departs from the document', () => assert.deepEqual(proxy.breaches, []));
  await steps.run('all of the document was seen', everythingWasSeen);
  await steps.run('convertd ends in order', async () => assert.equal(await daemon.stop(), 0));
} finally {
  daemon?.process.kill('SIGKILL');
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${steps.passed} steps passed, ${steps.failed.length} failed`);
process.exit(steps.failed.length ? 1 : 0);
