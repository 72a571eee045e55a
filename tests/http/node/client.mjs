// SPDX-License-Identifier: MIT
// A small HTTP client on node:http that goes through the proxy.
import http from 'node:http';
import { randomUUID } from 'node:crypto';

const BOUNDARY = 'the-boundary-of-the-parts';

/** Encodes fields as a request body, by the kind of body. */
export const encoded = {
  json: (fields) => ({ type: 'application/json', body: JSON.stringify(fields) }),
  form: (fields) => ({
    type: 'application/x-www-form-urlencoded',
    body: new URLSearchParams(fields).toString(),
  }),
  multipart: (fields) => parts(fields),
};

/** multipart/form-data of fields and files ({part, name, type, bytes}). */
export function parts(fields, files = []) {
  const pieces = [];
  const part = (disposition, more, bytes) =>
    pieces.push(
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`),
      Buffer.from(bytes),
      Buffer.from('\r\n'),
    );
  for (const [name, value] of Object.entries(fields)) part(`name="${name}"`, '', String(value));
  for (const file of files) {
    part(
      `name="${file.part ?? 'file'}"; filename="${file.name}"`,
      `Content-Type: ${file.type ?? 'audio/mpeg'}\r\n`,
      file.bytes,
    );
  }
  pieces.push(Buffer.from(`--${BOUNDARY}--\r\n`));
  return { type: `multipart/form-data; boundary=${BOUNDARY}`, body: Buffer.concat(pieces) };
}

export class Client {
  token = null;

  constructor(origin, proxyPort) {
    this.origin = origin;
    this.proxyPort = proxyPort;
  }

  /** Resolves to the response, a node stream, when its head has arrived. */
  open(method, path, { headers = {}, body, type, token = this.token } = {}) {
    const all = { Host: new URL(this.origin).host, ...headers };
    if (type) all['Content-Type'] = type;
    if (token) all.Authorization = `Bearer ${token}`;
    if (body !== undefined) all['Content-Length'] = Buffer.byteLength(body);
    return new Promise((resolve, reject) => {
      const outgoing = http.request({
        host: '127.0.0.1',
        port: this.proxyPort,
        method,
        path: this.origin + path,
        headers: all,
        agent: false,
      });
      outgoing.on('response', resolve);
      outgoing.on('error', (error) => reject(new Error(`${method} ${path}: ${error.message}`)));
      outgoing.end(body);
    });
  }

  /** Resolves to the whole response: {status, headers, bytes, json}. */
  async request(method, path, options) {
    const answer = await this.open(method, path, options);
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const json =
      /json/.test(answer.headers['content-type'] ?? '') && bytes.length && !answer.headers['content-encoding']
        ? JSON.parse(bytes.toString('utf8'))
        : undefined;
    return { status: answer.statusCode, headers: answer.headers, bytes, json };
  }
}

/** Yields the events of a text/event-stream as they arrive: {event, id, data}. */
export async function* events(answer) {
  let text = '';
  for await (const piece of answer) {
    text += piece.toString('utf8');
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = { event: 'message', data: '' };
      for (const line of text.slice(0, end).split('\n')) {
        const [, name, value] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
        if (name) event[name] = value;
      }
      if (event.data) yield event;
    }
  }
}

/** A user name, e-mail address and password that are not in use. */
export const newUser = () => {
  const name = `u${randomUUID().slice(0, 8)}`;
  return { username: name, email: `${name}@example.com`, password: 'correct horse 1' };
};

/** Creates an account and resolves to its client, logged in. */
export async function newMember(origin, proxyPort) {
  const client = new Client(origin, proxyPort);
  const who = newUser();
  await client.request(
    'POST',
    '/api/auth/signup',
    encoded.json({
      username: who.username,
      email: who.email,
      password1: who.password,
      password2: who.password,
    }),
  );
  const login = await client.request(
    'POST',
    '/api/auth/login',
    encoded.json({ username: who.username, password: who.password }),
  );
  if (login.status !== 200) throw new Error(`login: ${login.status} ${login.bytes}`);
  client.token = login.json.token;
  client.who = who;
  return client;
}

/** Polls a task until it has the given state. */
export async function waitForState(client, id, state, timeout = 60_000) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const { json } = await client.request('GET', `/api/tasks/${id}`);
    if (json?.state === state) return json;
    if (Date.now() > deadline)
      throw new Error(`task ${id} is ${json?.state}, not ${state}, after ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
