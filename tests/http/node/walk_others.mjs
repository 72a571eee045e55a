// SPDX-License-Identifier: MIT
// Rows of the API without a task, and what every row has: OPTIONS, 404 and 405.
import { events, parts, reaches } from './client.mjs';
import { assert, want } from './checks.mjs';

const MP3 = { type: 'audio/mpeg' };

async function streamed(client, song) {
  const converted = want(await client.ask('POST', '/api/convert?to=wav', { ...MP3, body: song }), 200);
  assert.equal(converted.bytes.subarray(0, 4).toString(), 'RIFF');
  assert.equal((await client.ask('POST', '/api/convert', { ...MP3, body: song })).status, 400);
  want(await client.ask('POST', '/api/convert?to=exe', { ...MP3, body: song }), 415, 'unsupported_format');
  assert.equal((await client.ask('POST', '/api/convert?to=wav', { ...MP3, body: 'no sound'.repeat(99) })).status, 422);
  want(await client.ask('POST', '/api/convert?to=wav', { ...MP3, body: song, token: 'none' }), 401, 'unauthorized');
}

async function looks(client, song) {
  const info = want(await client.ask('POST', '/api/probe', { ...MP3, body: song }), 200);
  assert.equal(info.json.format, 'mp3');
  want(await client.ask('POST', '/api/plan?to=wav', { ...MP3, body: song }), 200);
  assert.equal((await client.ask('POST', '/api/probe', { ...MP3, body: 'no sound'.repeat(99) })).status, 422);
  assert.equal((await client.ask('POST', '/api/plan?to=wav', { ...MP3, body: 'no sound'.repeat(99) })).status, 422);
  assert.equal((await client.ask('POST', '/api/plan', { ...MP3, body: song })).status, 400);
  want(await client.ask('POST', '/api/plan?to=exe', { ...MP3, body: song }), 415, 'unsupported_format');
}

async function open(client) {
  for (const path of ['/api/formats', '/healthz', '/readyz', '/openapi.json', '/']) {
    const { headers } = want(await client.ask('GET', path, { token: '' }), 200);
    want(await client.ask('HEAD', path, { token: '' }), 200);
    if (headers.etag) want(await client.ask('GET', path, { token: '', headers: { 'If-None-Match': headers.etag } }), 304);
  }
  const { bytes } = want(await client.ask('GET', '/api/formats', { headers: { 'Accept-Encoding': 'gzip' } }), 200);
  assert.deepEqual([...bytes.subarray(0, 2)], [0x1f, 0x8b]);
}

/** The document and the server have the same paths and methods. */
async function methods(client, document) {
  const paths = new Map();
  for (const { path, method } of document.operations) paths.set(path, [...(paths.get(path) ?? []), method]);
  for (const [path, documented] of paths) {
    const here = path.replaceAll(/\{[^}]*\}/g, '1');
    const allowed = (await client.ask('OPTIONS', here)).headers.allow?.split(/, */) ?? [];
    const wanted = [...documented, 'OPTIONS', ...(documented.includes('GET') ? ['HEAD'] : [])];
    assert.deepEqual(allowed.sort(), wanted.sort(), path);
    if (!documented.includes('PATCH')) want(await client.ask('PATCH', here), 405, 'method_not_allowed');
  }
  for (const path of ['/api', '/api/nothing', '/api/tasks/1/nothing', '/metrics', '/api/admin/users', '/api/auth/verify']) {
    want(await client.ask('GET', path), 404, 'not_found');
  }
}

async function listened(client, song, document) {
  const { json } = await client.ask('POST', '/api/tasks', parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]));
  const { id } = json.task;
  const answer = await client.open('GET', `/api/tasks/${id}/events`);
  assert.equal(answer.statusCode, 200);
  assert.match(answer.headers['content-type'], /^text\/event-stream/);
  const heard = [];
  for await (const event of events(answer)) {
    const data = JSON.parse(event.data);
    if (event.event === 'removed') break;
    if (event.event !== 'state') continue;
    assert.deepEqual(document.faultsBySchema('Task', data), []);
    heard.push(event);
    if (data.state === 'PROCESSED') await client.ask('DELETE', `/api/tasks/${id}`);
  }
  answer.destroy();
  assert.equal(JSON.parse(heard.at(-1).data).state, 'PROCESSED');
  const revisions = heard.map(({ id: revision }) => Number(revision));
  assert.deepEqual(revisions, [...revisions].sort((a, b) => a - b));
}

async function resumed(client, song) {
  const { json } = await client.ask('POST', '/api/tasks', parts({ newFormat: 'wav' }, [{ name: 'song.mp3', bytes: song }]));
  const { id } = json.task;
  await reaches(client, id, 'PROCESSED');
  const first = await client.open('GET', `/api/tasks/${id}/events`);
  const { value: last } = await events(first).next();
  first.destroy();
  await client.ask('PUT', `/api/tasks/${id}`, { type: 'application/json', body: '{"newFormat":"flac"}' });
  await reaches(client, id, 'PROCESSED');
  // What happened meanwhile is told, and what was told before is not told again.
  const again = await client.open('GET', `/api/tasks/${id}/events`, { headers: { 'Last-Event-ID': last.id } });
  for await (const event of events(again)) {
    if (event.event !== 'state') continue;
    assert.ok(Number(event.id) > Number(last.id), `${event.id} after ${last.id}`);
    const task = JSON.parse(event.data);
    assert.equal(task.convertedExt, 'flac');
    if (task.state === 'PROCESSED') break;
  }
  again.destroy();
}

export async function walkOthers(steps, make, { song }, document) {
  const client = await make();
  await steps.run('a streaming conversion', () => streamed(client, song));
  await steps.run('probe and plan', () => looks(client, song));
  await steps.run('what is open to all', () => open(client));
  await steps.run('paths and methods', () => methods(client, document));
  await steps.run('events, as they happen', () => listened(client, song, document));
  await steps.run('events, resumed', () => resumed(client, song));
}
