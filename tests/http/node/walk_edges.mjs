// SPDX-License-Identifier: MIT
// What each operation of the document refuses, tried on all that say so: no token, a key instead of one, another
// type of body, a compressed one, one that is too large, conditions and ranges that nothing fulfils.
import http from 'node:http';
import { encoded, parts, reaches } from './client.mjs';
import { assert, want } from './checks.mjs';

const LARGE = JSON.stringify({ name: 'x'.repeat(300 << 10) });

/** The operation's path with something in the place of its parameters. */
const filled = (path, { id = '1', name = 'x.wav' } = {}) =>
  path.replace('{id}', id).replace('{name}', name).replace('{filename}', name);

const answers = (operation, status) => Object.hasOwn(operation.responses, status);

async function withoutToken(client, operation) {
  want(await client.ask(operation.method, filled(operation.path), { token: 'none' }), 401, 'unauthorized');
}

async function withKey(client, key, operation) {
  want(await client.ask(operation.method, filled(operation.path), { token: key, ...encoded.json({}) }), 403, 'token_needed');
}

async function asText(client, operation, id) {
  want(await client.ask(operation.method, filled(operation.path, { id }), { type: 'text/plain', body: 'newFormat=wav' }), 415, 'unsupported');
}

async function compressed(client, operation, id) {
  const headers = { 'Content-Encoding': 'gzip' };
  const answer = await client.ask(operation.method, filled(operation.path, { id }), { type: 'application/json', body: '{}', headers });
  assert.equal(want(answer, 415, 'unsupported_encoding').headers['accept-encoding'], 'identity');
}

async function tooLarge(client, operation) {
  const answer = await client.ask(operation.method, filled(operation.path), { type: 'application/json', body: LARGE });
  want(answer, 413, 'too_large');
}

/** What the document has for each of the files of a task. */
async function file(client, path) {
  const whole = want(await client.ask('GET', path), 200);
  const get = (headers) => client.ask('GET', path, { headers });
  assert.deepEqual(want(await get({ Range: 'bytes=-4' }), 206).bytes, whole.bytes.subarray(-4));
  want(await get({ 'If-None-Match': whole.headers.etag }), 304);
  assert.equal((await get({ 'If-Match': '"other"' })).status, 412);
  assert.equal((await get({ Range: `bytes=${whole.bytes.length}-` })).status, 416);
  assert.equal((await client.ask('GET', path, { token: 'none' })).status, 401);
}

async function files(client, operations, song) {
  const { json } = want(await client.ask('POST', '/api/tasks', parts({ newFormat: 'wav' }, [{ name: 'edge.mp3', bytes: song }])), 200);
  const task = await reaches(client, json.task.id, 'PROCESSED');
  for (const { path } of operations) await file(client, filled(path, { id: task.id, name: 'edge.wav' }));
  assert.equal((await client.ask('GET', `/api/tasks/${task.id}`, { headers: { 'If-Match': '"other"' } })).status, 412);
}

async function manyKeys(client) {
  const create = (name) => client.ask('POST', '/api/auth/keys', encoded.json({ name }));
  const { length } = want(await client.ask('GET', '/api/auth/keys'), 200).json;
  for (let count = length; count < 100; count += 1) want(await create(`key ${count}`), 200);
  assert.equal((await create('one too many')).status, 409);
  want(await client.ask('POST', '/api/auth/keys', encoded.json({})), 400, 'missing_field');
}

/** A request under a key whose first use has not ended. */
async function sameKeyAtOnce(client, song) {
  const headers = { 'Idempotency-Key': `busy-${process.pid}` };
  const { type, body } = parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]);
  const begun = http.request({
    host: '127.0.0.1', port: client.proxyPort, method: 'POST', path: `${client.origin}/api/tasks`, agent: false,
    headers: { Host: new URL(client.origin).host, Authorization: `Bearer ${client.token}`, 'Content-Type': type,
      'Content-Length': body.length, ...headers },
  });
  const first = new Promise((resolve, reject) => begun.on('response', resolve).on('error', reject));
  begun.write(body.subarray(0, 2000));
  // The second may come before the server has seen the first; then it is the first that is refused.
  const statuses = [];
  while (!statuses.includes(409)) {
    const second = await client.ask('POST', '/api/tasks', { type, body, headers });
    statuses.push(second.status);
    if (second.status === 200) break;
  }
  begun.end(body.subarray(2000));
  const answer = await first;
  answer.resume();
  statuses.push(answer.statusCode);
  assert.ok(statuses.includes(409) && statuses.includes(200), String(statuses));
}

export async function walkEdges(steps, make, { song }, document) {
  const client = await make();
  const { json } = await client.ask('POST', '/api/auth/keys', encoded.json({ name: 'of the edges' }));
  const { json: { task } } = await client.ask('POST', '/api/tasks', parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]));
  const having = (status, ...but) => document.operations.filter((operation) => answers(operation, status) && !but.includes(operation.id));
  for (const operation of having(401, 'log_in')) {
    await steps.run(`${operation.id} without a token`, () => withoutToken(client, operation));
  }
  for (const operation of having(403, 'sign_up')) {
    await steps.run(`${operation.id} with a key`, () => withKey(client, json.key, operation));
  }
  for (const operation of having(415, 'convert', 'plan', 'probe')) {
    await steps.run(`${operation.id} as text`, () => asText(client, operation, task.id));
  }
  for (const operation of having(415)) {
    await steps.run(`${operation.id}, compressed`, () => compressed(client, operation, task.id));
  }
  for (const operation of having(413, 'convert', 'plan', 'probe', 'create_task')) {
    await steps.run(`${operation.id}, too large`, () => tooLarge(client, operation));
  }
  await steps.run('conditions and ranges of files', () => files(client, having(416), song));
  await steps.run('a hundred keys', () => manyKeys(client));
  await steps.run('a key of a request that has not ended', () => sameKeyAtOnce(client, song));
}
