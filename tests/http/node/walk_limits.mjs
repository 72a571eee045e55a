// SPDX-License-Identifier: MIT
// A second convertd with narrow limits: 413, 429, and sign-up closed. Each refusal says when to come again.
import { execFileSync } from 'node:child_process';
import { Client, encoded, member, parts, stranger } from './client.mjs';
import { assert, want } from './checks.mjs';
import { Daemon } from './daemon.mjs';

const NARROW = ['--file-size', '64K', '--quota-tasks-a-day', '3', '--listeners-an-account', '1', '--exempt', '',
  '--rate-login', '3/60s', '--rate-signup', '3/1h'];

async function late(promise) {
  const answer = await promise;
  assert.equal(answer.status, 429, `${answer.status} ${answer.bytes}`);
  assert.ok(Number(answer.headers['retry-after']) >= 1, 'Retry-After');
}

/** Asks until it is too often. */
async function until429(ask) {
  for (let count = 0; count < 300; count += 1) {
    const answer = await ask();
    if (answer.status === 429) return late(Promise.resolve(answer));
  }
  throw new Error('300 times, and never refused');
}

async function sizes(client) {
  const body = Buffer.alloc(100 << 10);
  const large = parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: body }]);
  want(await client.ask('POST', '/api/tasks', large), 413, 'too_large');
  for (const path of ['/api/convert?to=wav', '/api/probe', '/api/plan?to=wav']) {
    assert.equal((await client.ask('POST', path, { type: 'audio/mpeg', body })).status, 413, path);
  }
}

async function tasksOfADay(client, sound) {
  const upload = () => client.ask('POST', '/api/tasks', parts({ newFormat: 'wav' }, [{ name: 's.mp3', bytes: sound }]));
  const { json } = want(await upload(), 200);
  const listening = await client.open('GET', `/api/tasks/${json.task.id}/events`);
  await late(client.ask('GET', `/api/tasks/${json.task.id}/events`));
  listening.destroy();
  want(await upload(), 200);
  want(await upload(), 200);
  await late(upload());
  await late(client.ask('PUT', `/api/tasks/${json.task.id}`, encoded.json({ newFormat: 'flac' })));
  await late(client.ask('POST', '/api/convert?to=wav', { type: 'audio/mpeg', body: sound }));
}

async function strangers(client) {
  const signUp = ({ username, email, password }) =>
    client.ask('POST', '/api/auth/signup', encoded.json({ username, email, password1: password, password2: password }));
  await until429(() => signUp(stranger()));
  await until429(() => client.ask('POST', '/api/auth/login', encoded.json({ username: 'nobody', password: 'wrong horse' })));
  await until429(() => client.ask('POST', '/api/auth/password',
    encoded.json({ password: 'wrong horse', password1: 'correct donkey 2', password2: 'correct donkey 2' })));
}

/** Where nobody may sign up, and nobody may ask often. */
async function closed(program, folder, proxyPort, sound) {
  // Somebody whom the operator has added can log in.
  execFileSync(program, ['user', 'add', '--data', folder, 'root', 'root@example.com'], { input: 'correct horse 1\n' });
  const daemon = new Daemon(program, folder, ['--signup', 'off', '--exempt', '', '--rate-account', '20/1h']);
  const client = new Client(await daemon.ready(), proxyPort);
  const { username, email, password } = stranger();
  want(await client.ask('POST', '/api/auth/signup', encoded.json({ username, email, password1: password, password2: password })),
    403, 'signup_closed');
  const login = await client.ask('POST', '/api/auth/login', encoded.form({ username: 'root', password: 'correct horse 1' }));
  client.token = want(login, 200).json.token;
  const looks = (path) => client.ask('POST', path, { type: 'audio/mpeg', body: sound });
  await until429(() => looks('/api/probe'));
  await late(looks('/api/plan?to=wav'));
  assert.equal(await daemon.stop(), 0);
}

/** `folder`: where the data of both may be; `sound`: an MP3 of less than 64 KiB. */
export async function walkLimits(steps, program, folder, proxyPort, sound) {
  const daemon = new Daemon(program, `${folder}/narrow`, NARROW);
  try {
    const client = await member(await daemon.ready(), proxyPort);
    await steps.run('files that are too large', () => sizes(client));
    await steps.run('too many tasks and listeners', () => tasksOfADay(client, sound));
    await steps.run('too many strangers', () => strangers(client));
    await steps.run('sign-up closed', () => closed(program, `${folder}/closed`, proxyPort, sound));
  } finally {
    await daemon.stop();
  }
}
