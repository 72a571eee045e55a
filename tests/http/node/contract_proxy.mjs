// SPDX-License-Identifier: MIT
// An HTTP proxy that holds every answer against the OpenAPI document. Bytes pass as they come, both ways; only
// JSON waits until it has been read. An answer that departs from the document becomes a 599 that says how.
import http from 'node:http';
import { gunzipSync } from 'node:zlib';

const LONGEST_HEAD = 1 << 20;
const OF_A_HOP = new Set(['connection', 'proxy-connection', 'keep-alive', 'proxy-authorization']);

/** Name, value, name, value...: as Node has them in rawHeaders, less those of one connection. */
const forwarded = (raw) => raw.filter((_, at) => !OF_A_HOP.has(raw[at - (at % 2)].toLowerCase()));

/** As above; a body that nobody announced is none, or else Node would send an empty chunked one. */
const onwardFields = ({ headers, rawHeaders }) =>
  'content-length' in headers || 'transfer-encoding' in headers
    ? forwarded(rawHeaders) : [...forwarded(rawHeaders), 'Content-Length', '0'];

const isJson = (type) => type === 'application/json' || type === 'application/problem+json';

export class ContractProxy {
  breaches = [];
  seen = new Map(); // "operationId status" -> how often

  constructor(document) {
    this.document = document;
    // As the server has it: no limits of its own on how long anything takes.
    this.server = http.createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: LONGEST_HEAD });
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
    // A proxy is asked with the whole address; anything else is no business of ours.
    if (!request.url.startsWith('http://')) return response.writeHead(400).end('This is a proxy.');
    const target = new URL(request.url);
    const onward = http.request({
      host: target.hostname, port: target.port, method: request.method,
      path: request.url.slice(target.origin.length) || '/',
      headers: onwardFields(request), agent: false, maxHeaderSize: LONGEST_HEAD,
    });
    let answered = false;
    onward.on('continue', () => response.writeContinue());
    onward.on('response', (answer) => {
      answered = true;
      this.#answer(request, target, answer, response);
    });
    onward.on('error', () => answered || response.destroy());
    response.on('close', () => onward.destroy());
    request.on('error', () => onward.destroy());
    onward.flushHeaders(); // with `Expect` there is no body before the server has seen them
    request.pipe(onward);
  }

  #breach(request, target, status, faults) {
    this.breaches.push(`${request.method} ${target.pathname}: ${status}: ${faults.join('; ')}`);
    return `${this.breaches.at(-1)}\n`;
  }

  /** What the document says of this answer: faults of its head, and the schema of its body. */
  #judge(request, target, answer) {
    const { method } = request;
    const status = answer.statusCode;
    const here = this.document.at(target.pathname);
    const operation = here.find((one) => one.method === (method === 'HEAD' ? 'GET' : method));
    if (operation) {
      const key = `${operation.id} ${status}`;
      this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
      if (status === 500) return { faults: ['a defect of ours'] };
      return this.document.judgeHead(operation, method, status, answer.headers);
    }
    // What is not in the document has to be refused, or is a question about the document's own.
    const refused = here.length ? [405, 429, 400] : [404, 429, 400, 414];
    const fine = method === 'OPTIONS' ? [200, 204, 404] : refused;
    return { faults: fine.includes(status) ? [] : ['the document does not have this operation'] };
  }

  #answer(request, target, answer, response) {
    const { faults, type, schema } = this.#judge(request, target, answer);
    response.sendDate = false;
    answer.on('aborted', () => response.destroy());
    answer.on('error', () => response.destroy());
    if (faults.length) {
      answer.resume();
      return response.writeHead(599).end(this.#breach(request, target, answer.statusCode, faults));
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
      const wrong = this.#faultsOfBody(answer, schema, body);
      if (!wrong.length) return response.writeHead(...head).end(body);
      return response.writeHead(599).end(this.#breach(request, target, answer.statusCode, wrong));
    });
  }

  #faultsOfBody(answer, schema, body) {
    try {
      const text = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      return this.document.judgeBody(schema, JSON.parse(text.toString('utf8')));
    } catch (error) {
      return [String(error.message)];
    }
  }
}
