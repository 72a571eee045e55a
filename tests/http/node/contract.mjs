// SPDX-License-Identifier: MIT
// contract.mjs DOCUMENT CONVERTD TESTS...: checks a running convertd against the OpenAPI document. All
// requests pass the validating proxy: newman's flow, checks of every operation, and TESTS, GoogleTest
// programs that use the proxy in CONVERT_HTTP_PROXY_FOR_TESTS. At the end, every operation and status of the
// document must have occurred, or be listed with a reason in unseen.json.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newMember } from './client.mjs';
import { Steps, assert } from './checks.mjs';
import { ContractProxy } from './contract_proxy.mjs';
import { Daemon } from './daemon.mjs';
import { Document } from './document.mjs';
import { checkAccounts } from './check_accounts.mjs';
import { checkEdges } from './check_edges.mjs';
import { checkLimits } from './check_limits.mjs';
import { checkOthers } from './check_others.mjs';
import { checkTasks } from './check_tasks.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [documentFile, program, ...tests] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'convert-contract-'));
const document = new Document(documentFile);
const proxy = await new ContractProxy(document).listen();
const steps = new Steps();

function media() {
  const generate = (source, name, ...words) => {
    const file = join(folder, name);
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...words, file]);
    return readFileSync(file);
  };
  return {
    song: generate('sine=frequency=440:duration=3', 'song.mp3', '-b:a', '128k'),
    blink: generate('sine=frequency=440:duration=1', 'blink.mp3', '-b:a', '64k'),
    noise: generate('anoisesrc=duration=120', 'noise.wav', '-ac', '2'),
  };
}

/** Runs a program. Its output is part of the error if it fails. */
async function runs(command, words, env) {
  try {
    const { stdout } = await promisify(execFile)(command, words, {
      env: { ...process.env, ...env },
      maxBuffer: 1 << 26,
    });
    return stdout;
  } catch (error) {
    throw new Error(`${command}: ${error.code}\n${error.stdout}${error.stderr}`);
  }
}

function everyStatusOccurred() {
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
  assert.deepEqual(missing, [], 'in the document, but did not occur');
  assert.deepEqual(idle, [], 'listed in unseen.json, but occurred');
}

const address = `http://127.0.0.1:${proxy.port}`;
let daemon;
try {
  const samples = media();
  daemon = new Daemon(program, join(folder, 'data'));
  const origin = await daemon.ready();
  const make = () => newMember(origin, proxy.port);
  await steps.run('newman: from sign-up to 404', async () =>
    process.stdout.write(
      await runs(process.execPath, [join(here, 'flow.mjs'), origin, folder], {
        HTTP_PROXY: address,
        NO_PROXY: '',
        no_proxy: '',
      }),
    ),
  );
  await checkAccounts(steps, origin, proxy.port);
  await checkTasks(steps, make, samples);
  await checkOthers(steps, make, samples, document);
  await checkEdges(steps, make, samples, document);
  await checkLimits(steps, program, folder, proxy.port, samples.blink);
  for (const test of tests) {
    await steps.run(test, () => runs(test, ['--gtest_brief=1'], { CONVERT_HTTP_PROXY_FOR_TESTS: address }));
  }
  await steps.run('every response matches the document', () => assert.deepEqual(proxy.violations, []));
  await steps.run('every status of the document occurred', everyStatusOccurred);
  await steps.run('convertd stops in order', async () => assert.equal(await daemon.stop(), 0));
} finally {
  daemon?.process.kill('SIGKILL');
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${steps.passed} steps passed, ${steps.failed.length} failed`);
process.exit(steps.failed.length ? 1 : 0);
