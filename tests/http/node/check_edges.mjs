// SPDX-License-Identifier: MIT
// The refusals that the document has for each operation: no token, a key instead of a token, unsupported
// media type, compressed body, body that is too large, failed conditions and unsatisfiable ranges.
import http from 'node:http';
import { encoded, parts, waitForState } from './client.mjs';
import { assert, expectStatus } from './checks.mjs';

const LARGE = JSON.stringify({ name: 'x'.repeat(300 << 10) });

/** The operation's path with values for its parameters. */
const filled = (path, { id = '1', name = 'x.wav' } = {}) =>
  path.replace('{id}', id).replace('{name}', name).replace('{filename}', name);

const answers = (operation, status) => Object.hasOwn(operation.responses, status);

async function withoutToken(client, operation) {
  expectStatus(
    await client.request(operation.method, filled(operation.path), { token: 'none' }),
    401,
    'unauthorized',
  );
}

async function withKey(client, key, operation) {
  expectStatus(
    await client.request(operation.method, filled(operation.path), { token: key, ...encoded.json({}) }),
    403,
    'token_needed',
  );
}

async function asText(client, operation, id) {
  expectStatus(
    await client.request(operation.method, filled(operation.path, { id }), {
      type: 'text/plain',
      body: 'newFormat=wav',
    }),
    415,
    'unsupported',
  );
}

async function compressed(client, operation, id) {
  const headers = { 'Content-Encoding': 'gzip' };
  const answer = await client.request(operation.method, filled(operation.path, { id }), {
    type: 'application/json',
    body: '{}',
    headers,
  });
  assert.equal(expectStatus(answer, 415, 'unsupported_encoding').headers['accept-encoding'], 'identity');
}

async function tooLarge(client, operation) {
  const answer = await client.request(operation.method, filled(operation.path), {
    type: 'application/json',
    body: LARGE,
  });
  expectStatus(answer, 413, 'too_large');
}

/** The statuses for the files of a task. */
async function file(client, path) {
  const whole = expectStatus(await client.request('GET', path), 200);
  const get = (headers) => client.request('GET', path, { headers });
  assert.deepEqual(expectStatus(await get({ Range: 'bytes=-4' }), 206).bytes, whole.bytes.subarray(-4));
  expectStatus(await get({ 'If-None-Match': whole.headers.etag }), 304);
  assert.equal((await get({ 'If-Match': '"other"' })).status, 412);
  assert.equal((await get({ Range: `bytes=${whole.bytes.length}-` })).status, 416);
  assert.equal((await client.request('GET', path, { token: 'none' })).status, 401);
}

async function files(client, operations, song) {
  const { json } = expectStatus(
    await client.request(
      'POST',
      '/api/tasks',
      parts({ newFormat: 'wav' }, [{ name: 'edge.mp3', bytes: song }]),
    ),
    200,
  );
  const task = await waitForState(client, json.task.id, 'PROCESSED');
  for (const { path } of operations) await file(client, filled(path, { id: task.id, name: 'edge.wav' }));
  assert.equal(
    (await client.request('GET', `/api/tasks/${task.id}`, { headers: { 'If-Match': '"other"' } })).status,
    412,
  );
}

async function manyKeys(client) {
  const create = (name) => client.request('POST', '/api/auth/keys', encoded.json({ name }));
  const { length } = expectStatus(await client.request('GET', '/api/auth/keys'), 200).json;
  for (let count = length; count < 100; count += 1) expectStatus(await create(`key ${count}`), 200);
  assert.equal((await create('one too many')).status, 409);
  expectStatus(await client.request('POST', '/api/auth/keys', encoded.json({})), 400, 'missing_field');
}

/** A second request with an Idempotency-Key whose first request has not ended. */
async function sameKeyAtOnce(client, song) {
  const headers = { 'Idempotency-Key': `busy-${process.pid}` };
  const { type, body } = parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]);
  const firstRequest = http.request({
    host: '127.0.0.1',
    port: client.proxyPort,
    method: 'POST',
    path: `${client.origin}/api/tasks`,
    agent: false,
    headers: {
      Host: new URL(client.origin).host,
      Authorization: `Bearer ${client.token}`,
      'Content-Type': type,
      'Content-Length': body.length,
      ...headers,
    },
  });
  const first = new Promise((resolve, reject) => firstRequest.on('response', resolve).on('error', reject));
  firstRequest.write(body.subarray(0, 2000));
  // The second may arrive before the first; then the first is refused.
  const statuses = [];
  while (!statuses.includes(409)) {
    const second = await client.request('POST', '/api/tasks', { type, body, headers });
    statuses.push(second.status);
    if (second.status === 200) break;
  }
  firstRequest.end(body.subarray(2000));
  const answer = await first;
  answer.resume();
  statuses.push(answer.statusCode);
  assert.ok(statuses.includes(409) && statuses.includes(200), String(statuses));
}

export async function checkEdges(steps, make, { song }, document) {
  const client = await make();
  const { json } = await client.request('POST', '/api/auth/keys', encoded.json({ name: 'edge cases' }));
  const {
    json: { task },
  } = await client.request(
    'POST',
    '/api/tasks',
    parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]),
  );
  const operationsWith = (status, ...but) =>
    document.operations.filter((operation) => answers(operation, status) && !but.includes(operation.id));
  for (const operation of operationsWith(401, 'log_in')) {
    await steps.run(`${operation.id} without a token`, () => withoutToken(client, operation));
  }
  for (const operation of operationsWith(403, 'sign_up')) {
    await steps.run(`${operation.id} with a key`, () => withKey(client, json.key, operation));
  }
  for (const operation of operationsWith(415, 'convert', 'plan', 'probe')) {
    await steps.run(`${operation.id} as text`, () => asText(client, operation, task.id));
  }
  for (const operation of operationsWith(415)) {
    await steps.run(`${operation.id}, compressed`, () => compressed(client, operation, task.id));
  }
  for (const operation of operationsWith(413, 'convert', 'plan', 'probe', 'create_task')) {
    await steps.run(`${operation.id}, too large`, () => tooLarge(client, operation));
  }
  await steps.run('conditions and ranges of files', () => files(client, operationsWith(416), song));
  await steps.run('a hundred keys', () => manyKeys(client));
  await steps.run('an Idempotency-Key in use', () => sameKeyAtOnce(client, song));
}
