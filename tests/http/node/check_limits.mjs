// SPDX-License-Identifier: MIT
// A second convertd with low limits: 413, 429, and closed sign-up. Each 429 has Retry-After.
import { execFileSync } from 'node:child_process';
import { Client, encoded, newMember, parts, newUser } from './client.mjs';
import { assert, expectStatus } from './checks.mjs';
import { Daemon } from './daemon.mjs';

const LOW_LIMITS = [
  '--max-upload-size',
  '64K',
  '--max-tasks-per-day',
  '3',
  '--max-event-streams-per-account',
  '1',
  '--rate-limit-exempt',
  '',
  '--login-rate-limit',
  '3/60s',
  '--signup-rate-limit',
  '3/1h',
];

async function expect429(promise) {
  const answer = await promise;
  assert.equal(answer.status, 429, `${answer.status} ${answer.bytes}`);
  assert.ok(Number(answer.headers['retry-after']) >= 1, 'Retry-After');
}

/** Repeats a request until it is refused. */
async function until429(send) {
  for (let count = 0; count < 300; count += 1) {
    const answer = await send();
    if (answer.status === 429) return expect429(Promise.resolve(answer));
  }
  throw new Error('not refused after 300 requests');
}

async function sizes(client) {
  const body = Buffer.alloc(100 << 10);
  const large = parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: body }]);
  expectStatus(await client.request('POST', '/api/tasks', large), 413, 'too_large');
  for (const path of ['/api/convert?to=wav', '/api/probe', '/api/plan?to=wav']) {
    assert.equal((await client.request('POST', path, { type: 'audio/mpeg', body })).status, 413, path);
  }
}

async function tasksOfADay(client, song) {
  const upload = () =>
    client.request('POST', '/api/tasks', parts({ newFormat: 'wav' }, [{ name: 's.mp3', bytes: song }]));
  const { json } = expectStatus(await upload(), 200);
  const listening = await client.open('GET', `/api/tasks/${json.task.id}/events`);
  await expect429(client.request('GET', `/api/tasks/${json.task.id}/events`));
  listening.destroy();
  expectStatus(await upload(), 200);
  expectStatus(await upload(), 200);
  await expect429(upload());
  await expect429(client.request('PUT', `/api/tasks/${json.task.id}`, encoded.json({ newFormat: 'flac' })));
  await expect429(client.request('POST', '/api/convert?to=wav', { type: 'audio/mpeg', body: song }));
}

async function loginAndSignUpRates(client) {
  const signUp = ({ username, email, password }) =>
    client.request(
      'POST',
      '/api/auth/signup',
      encoded.json({ username, email, password1: password, password2: password }),
    );
  await until429(() => signUp(newUser()));
  await until429(() =>
    client.request('POST', '/api/auth/login', encoded.json({ username: 'unknown', password: 'wrong horse' })),
  );
  await until429(() =>
    client.request(
      'POST',
      '/api/auth/password',
      encoded.json({ password: 'wrong horse', password1: 'correct donkey 2', password2: 'correct donkey 2' }),
    ),
  );
}

/** Closed sign-up, and a low rate limit per account. */
async function closed(program, folder, proxyPort, song) {
  // A user added by the operator can log in.
  execFileSync(program, ['user', 'add', '--data', folder, 'root', 'root@example.com'], {
    input: 'correct horse 1\n',
  });
  const daemon = new Daemon(program, folder, [
    '--allow-signup',
    'off',
    '--rate-limit-exempt',
    '',
    '--rate-limit-per-account',
    '20/1h',
  ]);
  const client = new Client(await daemon.ready(), proxyPort);
  const { username, email, password } = newUser();
  expectStatus(
    await client.request(
      'POST',
      '/api/auth/signup',
      encoded.json({ username, email, password1: password, password2: password }),
    ),
    403,
    'signup_closed',
  );
  const login = await client.request(
    'POST',
    '/api/auth/login',
    encoded.form({ username: 'root', password: 'correct horse 1' }),
  );
  client.token = expectStatus(login, 200).json.token;
  const send = (path) => client.request('POST', path, { type: 'audio/mpeg', body: song });
  await until429(() => send('/api/probe'));
  await expect429(send('/api/plan?to=wav'));
  assert.equal(await daemon.stop(), 0);
}

/** `folder`: for the data folders. `song`: an MP3 of less than 64 KiB. */
export async function checkLimits(steps, program, folder, proxyPort, song) {
  const daemon = new Daemon(program, `${folder}/low_limits`, LOW_LIMITS);
  try {
    const client = await newMember(await daemon.ready(), proxyPort);
    await steps.run('too large files', () => sizes(client));
    await steps.run('too many tasks and event streams', () => tasksOfADay(client, song));
    await steps.run('too many logins and sign-ups', () => loginAndSignUpRates(client));
    await steps.run('sign-up closed', () => closed(program, `${folder}/closed`, proxyPort, song));
  } finally {
    await daemon.stop();
  }
}
