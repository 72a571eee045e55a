// SPDX-License-Identifier: MIT
// Operations without a task, events, and OPTIONS, 404 and 405 of every path.
import { events, parts, waitForState } from './client.mjs';
import { assert, expectStatus } from './checks.mjs';

const MP3 = { type: 'audio/mpeg' };

async function streamed(client, song) {
  const converted = expectStatus(
    await client.request('POST', '/api/convert?to=wav', { ...MP3, body: song }),
    200,
  );
  assert.equal(converted.bytes.subarray(0, 4).toString(), 'RIFF');
  assert.equal((await client.request('POST', '/api/convert', { ...MP3, body: song })).status, 400);
  expectStatus(
    await client.request('POST', '/api/convert?to=exe', { ...MP3, body: song }),
    415,
    'unsupported_format',
  );
  assert.equal(
    (await client.request('POST', '/api/convert?to=wav', { ...MP3, body: 'no audio'.repeat(99) })).status,
    422,
  );
  expectStatus(
    await client.request('POST', '/api/convert?to=wav', { ...MP3, body: song, token: 'none' }),
    401,
    'unauthorized',
  );
}

async function inspections(client, song) {
  const info = expectStatus(await client.request('POST', '/api/probe', { ...MP3, body: song }), 200);
  assert.equal(info.json.format, 'mp3');
  expectStatus(await client.request('POST', '/api/plan?to=wav', { ...MP3, body: song }), 200);
  assert.equal(
    (await client.request('POST', '/api/probe', { ...MP3, body: 'no audio'.repeat(99) })).status,
    422,
  );
  assert.equal(
    (await client.request('POST', '/api/plan?to=wav', { ...MP3, body: 'no audio'.repeat(99) })).status,
    422,
  );
  assert.equal((await client.request('POST', '/api/plan', { ...MP3, body: song })).status, 400);
  expectStatus(
    await client.request('POST', '/api/plan?to=exe', { ...MP3, body: song }),
    415,
    'unsupported_format',
  );
}

async function open(client) {
  for (const path of ['/api/formats', '/healthz', '/readyz', '/openapi.json', '/']) {
    const { headers } = expectStatus(await client.request('GET', path, { token: '' }), 200);
    expectStatus(await client.request('HEAD', path, { token: '' }), 200);
    if (headers.etag)
      expectStatus(
        await client.request('GET', path, { token: '', headers: { 'If-None-Match': headers.etag } }),
        304,
      );
  }
  const { bytes } = expectStatus(
    await client.request('GET', '/api/formats', { headers: { 'Accept-Encoding': 'gzip' } }),
    200,
  );
  assert.deepEqual([...bytes.subarray(0, 2)], [0x1f, 0x8b]);
}

/** The document and the server must have the same paths and methods. */
async function methods(client, document) {
  const paths = new Map();
  for (const { path, method } of document.operations) paths.set(path, [...(paths.get(path) ?? []), method]);
  for (const [path, documented] of paths) {
    const here = path.replaceAll(/\{[^}]*\}/g, '1');
    const allowed = (await client.request('OPTIONS', here)).headers.allow?.split(/, */) ?? [];
    const expected = [...documented, 'OPTIONS', ...(documented.includes('GET') ? ['HEAD'] : [])];
    assert.deepEqual(allowed.sort(), expected.sort(), path);
    if (!documented.includes('PATCH'))
      expectStatus(await client.request('PATCH', here), 405, 'method_not_allowed');
  }
  for (const path of [
    '/api',
    '/api/nothing',
    '/api/tasks/1/nothing',
    '/metrics',
    '/api/admin/users',
    '/api/auth/verify',
  ]) {
    expectStatus(await client.request('GET', path), 404, 'not_found');
  }
}

async function liveEvents(client, song, document) {
  const { json } = await client.request(
    'POST',
    '/api/tasks',
    parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]),
  );
  const { id } = json.task;
  const answer = await client.open('GET', `/api/tasks/${id}/events`);
  assert.equal(answer.statusCode, 200);
  assert.match(answer.headers['content-type'], /^text\/event-stream/);
  const received = [];
  for await (const event of events(answer)) {
    const data = JSON.parse(event.data);
    if (event.event === 'removed') break;
    if (event.event !== 'state') continue;
    assert.deepEqual(document.schemaErrors('Task', data), []);
    received.push(event);
    if (data.state === 'PROCESSED') await client.request('DELETE', `/api/tasks/${id}`);
  }
  answer.destroy();
  assert.equal(JSON.parse(received.at(-1).data).state, 'PROCESSED');
  const revisions = received.map(({ id: revision }) => Number(revision));
  assert.deepEqual(
    revisions,
    [...revisions].sort((a, b) => a - b),
  );
}

async function resumedEvents(client, song) {
  const { json } = await client.request(
    'POST',
    '/api/tasks',
    parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]),
  );
  const { id } = json.task;
  await waitForState(client, id, 'PROCESSED');
  const first = await client.open('GET', `/api/tasks/${id}/events`);
  const { value: last } = await events(first).next();
  first.destroy();
  await client.request('PUT', `/api/tasks/${id}`, { type: 'application/json', body: '{"newFormat":"flac"}' });
  await waitForState(client, id, 'PROCESSED');
  // The stream continues after the last event.
  const again = await client.open('GET', `/api/tasks/${id}/events`, {
    headers: { 'Last-Event-ID': last.id },
  });
  for await (const event of events(again)) {
    if (event.event !== 'state') continue;
    assert.ok(Number(event.id) > Number(last.id), `${event.id} after ${last.id}`);
    const task = JSON.parse(event.data);
    assert.equal(task.convertedExt, 'flac');
    if (task.state === 'PROCESSED') break;
  }
  again.destroy();
}

export async function checkOthers(steps, make, { song }, document) {
  const client = await make();
  await steps.run('a streaming conversion', () => streamed(client, song));
  await steps.run('probe and plan', () => inspections(client, song));
  await steps.run('operations without authentication', () => open(client));
  await steps.run('paths and methods', () => methods(client, document));
  await steps.run('live events', () => liveEvents(client, song, document));
  await steps.run('resumed events', () => resumedEvents(client, song));
}
