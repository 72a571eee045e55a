// SPDX-License-Identifier: MIT
// An HTTP proxy that validates every response against the OpenAPI document. It forwards bytes as they arrive
// and buffers only JSON. A response that violates the document is replaced by a 599 with the reason.
import http from 'node:http';
import { gunzipSync } from 'node:zlib';

const MAX_HEAD_SIZE = 1 << 20;
const HOP_BY_HOP = new Set(['connection', 'proxy-connection', 'keep-alive', 'proxy-authorization']);

/** Node's rawHeaders (name, value, name, value, ...) without hop-by-hop fields. */
const forwarded = (raw) => raw.filter((_, at) => !HOP_BY_HOP.has(raw[at - (at % 2)].toLowerCase()));

/** The same, with Content-Length: 0 for requests without a body; Node would send an empty chunked body. */
const upstreamFields = ({ headers, rawHeaders }) =>
  'content-length' in headers || 'transfer-encoding' in headers
    ? forwarded(rawHeaders)
    : [...forwarded(rawHeaders), 'Content-Length', '0'];

const isJson = (type) => type === 'application/json' || type === 'application/problem+json';

export class ContractProxy {
  violations = [];
  seen = new Map(); // "operationId status" -> how often

  constructor(document) {
    this.document = document;
    // No timeouts: the server has its own.
    this.server = http.createServer({
      requestTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: 0,
      maxHeaderSize: MAX_HEAD_SIZE,
    });
    this.server.on('request', (request, response) => this.#pass(request, response));
    this.server.on('checkContinue', (request, response) => this.#pass(request, response));
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    return this;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #pass(request, response) {
    // Requests to a proxy have an absolute URL.
    if (!request.url.startsWith('http://')) return response.writeHead(400).end('This is a proxy.');
    const target = new URL(request.url);
    const upstream = http.request({
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url.slice(target.origin.length) || '/',
      headers: upstreamFields(request),
      agent: false,
      maxHeaderSize: MAX_HEAD_SIZE,
    });
    let answered = false;
    upstream.on('continue', () => response.writeContinue());
    upstream.on('response', (answer) => {
      answered = true;
      this.#answer(request, target, answer, response);
    });
    upstream.on('error', () => answered || response.destroy());
    response.on('close', () => upstream.destroy());
    request.on('error', () => upstream.destroy());
    upstream.flushHeaders(); // with `Expect`, the body is sent after the server has answered the head
    request.pipe(upstream);
  }

  #violation(request, target, status, errors) {
    this.violations.push(`${request.method} ${target.pathname}: ${status}: ${errors.join('; ')}`);
    return `${this.violations.at(-1)}\n`;
  }

  /** Validates the head of a response. Returns its errors and the schema of its body. */
  #validate(request, target, answer) {
    const { method } = request;
    const status = answer.statusCode;
    const here = this.document.at(target.pathname);
    const operation = here.find((one) => one.method === (method === 'HEAD' ? 'GET' : method));
    if (operation) {
      const key = `${operation.id} ${status}`;
      this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
      if (status === 500) return { errors: ['500: a defect of the server'] };
      return this.document.validateHead(operation, method, status, answer.headers);
    }
    // Operations that are not in the document must be refusals, except OPTIONS.
    const refusals = here.length ? [405, 429, 400] : [404, 429, 400, 414];
    const accepted = method === 'OPTIONS' ? [200, 204, 404] : refusals;
    return { errors: accepted.includes(status) ? [] : ['this operation is not in the document'] };
  }

  #answer(request, target, answer, response) {
    const { errors, type, schema } = this.#validate(request, target, answer);
    response.sendDate = false;
    answer.on('aborted', () => response.destroy());
    answer.on('error', () => response.destroy());
    if (errors.length) {
      answer.resume();
      return response.writeHead(599).end(this.#violation(request, target, answer.statusCode, errors));
    }
    const head = [answer.statusCode, answer.statusMessage, forwarded(answer.rawHeaders)];
    if (!schema || !isJson(type)) {
      response.writeHead(...head);
      response.flushHeaders();
      return answer.pipe(response);
    }
    const pieces = [];
    answer.on('data', (piece) => pieces.push(piece));
    answer.on('end', () => {
      const body = Buffer.concat(pieces);
      const wrong = this.#bodyErrors(answer, schema, body);
      if (!wrong.length) return response.writeHead(...head).end(body);
      return response.writeHead(599).end(this.#violation(request, target, answer.statusCode, wrong));
    });
  }

  #bodyErrors(answer, schema, body) {
    try {
      const text = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      return this.document.validateBody(schema, JSON.parse(text.toString('utf8')));
    } catch (error) {
      return [String(error.message)];
    }
  }
}
