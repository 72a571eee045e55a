// SPDX-License-Identifier: MIT
// Operations on tasks and files.
import { encoded, parts, waitForState } from './client.mjs';
import { assert, expectStatus } from './checks.mjs';

const isWave = (bytes) =>
  bytes.subarray(0, 4).toString() === 'RIFF' && bytes.subarray(8, 12).toString() === 'WAVE';

export const upload = (client, song, fields = { newFormat: 'wav' }, file = {}) =>
  client.request('POST', '/api/tasks', parts(fields, [{ name: 'song.mp3', bytes: song, ...file }]));

async function processed(client, song, fields, file) {
  const { json } = expectStatus(await upload(client, song, fields, file), 200);
  return waitForState(client, json.task.id, 'PROCESSED');
}

async function uploads(client, song) {
  const ways = [
    [{ newFormat: 'wav' }, { part: 'file' }, 'song.mp3'],
    [{ newFormat: '.WAV' }, { part: 'fileName' }, 'song.mp3'],
    [{ extension_convertir: 'WAV', nombre: 'tarea 1' }, { part: 'audio' }, 'song.mp3'],
    [
      { newFormat: 'wav', filename: 'other.mp3', options: '{"sample_format":"s16"}', priority: '5' },
      {},
      'other.mp3',
    ],
  ];
  for (const [fields, file, name] of ways) {
    const task = await processed(client, song, fields, file);
    assert.equal(task.name, name);
    assert.equal(task.convertedExt, 'wav');
    assert.ok(task.outputs[0].size > 1000);
    assert.ok(isWave(expectStatus(await client.request('GET', task.outputs[0].url), 200).bytes));
  }
  const byQuery = expectStatus(
    await client.request('POST', '/api/tasks?newFormat=wav', parts({}, [{ name: 'q.mp3', bytes: song }])),
    200,
  );
  assert.equal(byQuery.headers.location, `/api/tasks/${byQuery.json.task.id}`);
}

async function refusedUploads(client, song) {
  expectStatus(await client.request('POST', '/api/tasks', parts({ newFormat: 'wav' })), 400, 'no_file');
  expectStatus(await upload(client, song, {}), 400, 'no_format');
  expectStatus(await upload(client, song, { newFormat: 'wav' }, { name: 'noextension' }), 400, 'bad_name');
  expectStatus(
    await upload(client, song, { newFormat: 'wav', callbackUrl: 'http://example.com/' }),
    400,
    'not_offered',
  );
  const unknown = expectStatus(await upload(client, song, { newFormat: 'exe' }), 415, 'unsupported_format');
  assert.ok(unknown.json.formats.includes('wav'));
  expectStatus(
    await client.request('POST', '/api/tasks', { type: 'text/plain', body: 'song' }),
    415,
    'unsupported',
  );
  expectStatus(
    await client.request('POST', '/api/tasks', { ...parts({ newFormat: 'wav' }), token: 'none' }),
    401,
    'unauthorized',
  );
}

async function sameKey(client, song) {
  const request = parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]);
  const headers = { 'Idempotency-Key': `key-${process.pid}-${performance.now()}` };
  const first = expectStatus(await client.request('POST', '/api/tasks', { ...request, headers }), 200);
  const second = expectStatus(await client.request('POST', '/api/tasks', { ...request, headers }), 200);
  assert.equal(second.json.task.id, first.json.task.id);
  assert.equal(second.headers['idempotency-replayed'], 'true');
}

async function lists(make, song) {
  const client = await make();
  assert.deepEqual(expectStatus(await client.request('GET', '/api/tasks'), 200).json, []);
  const ids = [];
  for (let count = 0; count < 3; count += 1) ids.push((await processed(client, song)).id);
  const listed = async (query) =>
    expectStatus(await client.request('GET', `/api/tasks?${query}`), 200).json.map(({ id }) => id);
  assert.deepEqual(await listed(''), ids);
  assert.deepEqual(await listed('order=1'), [...ids].reverse());
  assert.deepEqual(await listed('max=2'), ids.slice(0, 2));
  assert.deepEqual(await listed('max_tasks=2&order=1'), [ids[2], ids[1]]);
  assert.deepEqual(await listed(`after=${ids[0]}`), ids.slice(1));
  assert.deepEqual(await listed('state=PROCESSED'), ids);
  assert.deepEqual(await listed('state=FAILED,CANCELLED'), []);
  assert.match(
    expectStatus(await client.request('GET', '/api/tasks?max=2'), 200).headers.link,
    /^<.*after=\d+.*>; *rel="next"$/,
  );
  for (const query of ['max=0', 'max=-1', 'max=x', 'order=2', 'state=DONE', 'after=x']) {
    assert.equal((await client.request('GET', `/api/tasks?${query}`)).status, 400, query);
  }
}

async function one(client, other, song) {
  const task = await processed(client, song);
  const path = `/api/tasks/${task.id}`;
  const { headers } = expectStatus(await client.request('GET', path), 200);
  expectStatus(await client.request('GET', path, { headers: { 'If-None-Match': headers.etag } }), 304);
  for (const [method, below] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/cancel'],
    ['GET', '/output'],
    ['GET', '/input'],
    ['GET', '/events'],
    ['POST', '/links'],
    ['GET', '/outputs/song.wav'],
  ]) {
    expectStatus(await other.request(method, path + below), 404, 'not_found');
    expectStatus(await other.request(method, `/api/tasks/999999999${below}`), 404, 'not_found');
  }
  expectStatus(await other.request('PUT', path, encoded.json({ newFormat: 'flac' })), 404, 'not_found');
  expectStatus(await client.request('POST', `${path}/cancel`), 409, 'ended');
  assert.equal(typeof expectStatus(await client.request('DELETE', path), 200).json.message, 'string');
  expectStatus(await client.request('GET', path), 404, 'not_found');
  expectStatus(await client.request('DELETE', path), 404, 'not_found');
  expectStatus(await client.request('GET', '/api/tasks/x'), 404, 'not_found');
}

async function otherFormat(client, song, kind) {
  const { id } = await processed(client, song);
  const change = (fields) => client.request('PUT', `/api/tasks/${id}`, kind(fields));
  assert.equal(expectStatus(await change({ newFormat: 'flac' }), 200).json.task.convertedExt, 'flac');
  const task = await waitForState(client, id, 'PROCESSED');
  assert.equal(
    expectStatus(await client.request('GET', task.outputs[0].url), 200)
      .bytes.subarray(0, 4)
      .toString(),
    'fLaC',
  );
  expectStatus(await change({ extension_convertir: '.OGG' }), 200);
  await waitForState(client, id, 'PROCESSED');
  expectStatus(await change({}), 400, 'no_format');
  expectStatus(await change({ newFormat: 'exe' }), 415, 'unsupported_format');
}

async function cancelled(client, noise) {
  // Long enough to be cancelled while it is queued or running.
  const { json } = expectStatus(
    await upload(client, noise, { newFormat: 'flac', options: '{"level":12}' }, { name: 'noise.wav' }),
    200,
  );
  const { id } = json.task;
  const stopped = expectStatus(await client.request('POST', `/api/tasks/${id}/cancel`), 200);
  assert.equal(stopped.json.task.state, 'CANCELLED');
  expectStatus(await client.request('GET', `/api/tasks/${id}/output`), 404, 'not_ready');
  assert.ok(expectStatus(await client.request('GET', `/api/tasks/${id}/input`), 200).bytes.equals(noise));
}

async function bad(client) {
  const { json } = expectStatus(await upload(client, Buffer.from('this is no audio'.repeat(99))), 200);
  const task = await waitForState(client, json.task.id, 'FAILED');
  assert.equal(typeof task.error.code, 'string');
  assert.equal(typeof task.error.message, 'string');
}

async function files(client, song) {
  const task = await processed(client, song, { newFormat: 'wav', filename: 'tune.mp3' });
  const whole = expectStatus(await client.request('GET', `/api/tasks/${task.id}/output`), 200);
  assert.equal(whole.bytes.length, task.outputs[0].size);
  assert.equal(whole.headers['x-content-type-options'], 'nosniff');
  const get = (headers, method = 'GET') =>
    client.request(method, `/api/tasks/${task.id}/output`, { headers });
  const part = expectStatus(await get({ Range: 'bytes=4-11' }), 206);
  assert.deepEqual(part.bytes, whole.bytes.subarray(4, 12));
  assert.equal(part.headers['content-range'], `bytes 4-11/${whole.bytes.length}`);
  assert.match(
    expectStatus(await get({ Range: 'bytes=0-1,100-101' }), 206).headers['content-type'],
    /^multipart\/byteranges/,
  );
  assert.equal((await get({ Range: 'bytes=999999999-' })).status, 416);
  expectStatus(await get({ 'If-None-Match': whole.headers.etag }), 304);
  assert.equal((await get({ 'If-Match': '"other"' })).status, 412);
  const head = expectStatus(await get({}, 'HEAD'), 200);
  assert.equal(head.headers['content-length'], String(whole.bytes.length));
  for (const path of [`/api/tasks/${task.id}/outputs/tune.wav`, '/api/files/tune.wav']) {
    assert.ok(expectStatus(await client.request('GET', path), 200).bytes.equals(whole.bytes), path);
  }
  for (const path of [`/api/tasks/${task.id}/input`, `/api/download/${task.id}`, '/api/files/tune.mp3']) {
    assert.ok(expectStatus(await client.request('GET', path), 200).bytes.equals(song), path);
    expectStatus(await client.request('GET', path, { headers: { Range: 'bytes=0-0' } }), 206);
  }
  for (const path of [
    `/api/tasks/${task.id}/outputs/none.wav`,
    '/api/files/none.wav',
    '/api/download/999999999',
  ]) {
    expectStatus(await client.request('GET', path), 404, 'not_found');
  }
}

async function links(client, song) {
  const task = await processed(client, song);
  const { json } = expectStatus(await client.request('POST', `/api/tasks/${task.id}/links`), 200);
  const withLink = (address) => {
    const url = new URL(address, client.origin);
    return client.request('GET', url.pathname + url.search, { token: '' });
  };
  assert.equal(expectStatus(await withLink(json.links.task), 200).json.id, task.id);
  assert.ok(expectStatus(await withLink(json.links.input), 200).bytes.equals(song));
  assert.ok(isWave(expectStatus(await withLink(json.links.output), 200).bytes));
  assert.ok(isWave(expectStatus(await withLink(json.links.outputs[0]), 200).bytes));
  expectStatus(await withLink(`${json.links.task}x`), 401, 'unauthorized');
}

/** `make`: creates a logged-in client. `song`: an MP3. `noise`: a WAV that takes seconds to convert. */
export async function checkTasks(steps, make, { song, noise }) {
  const client = await make();
  const other = await make();
  await steps.run('uploads, with all field names', () => uploads(client, song));
  await steps.run('refused uploads', () => refusedUploads(client, song));
  await steps.run('an Idempotency-Key', () => sameKey(client, song));
  await steps.run('lists', () => lists(make, song));
  await steps.run('a task and its access control', () => one(client, other, song));
  for (const [name, kind] of Object.entries(encoded)) {
    await steps.run(`another format, ${name}`, () => otherFormat(client, song, kind));
  }
  await steps.run('a cancelled task', () => cancelled(client, noise));
  await steps.run('a file that is not audio', () => bad(client));
  await steps.run('files: ranges, conditions, names', () => files(client, song));
  await steps.run('links', () => links(client, song));
}
