// SPDX-License-Identifier: MIT
// The OpenAPI document as a judge of answers.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const escaped = (name) => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Sends an answer without a body, by RFC 9110. */
const bodiless = (method, status) => method === 'HEAD' || status === 204 || status === 304;

export class Document {
  #ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  #validators = new Map();

  constructor(file) {
    this.text = JSON.parse(readFileSync(file, 'utf8'));
    formats(this.#ajv);
    this.#ajv.addSchema(this.text, 'document');
    this.operations = Object.entries(this.text.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({
        id: item[method].operationId,
        method: method.toUpperCase(),
        path,
        segments: path.split('/'),
        pointer: `#/paths/${escaped(path)}/${method}`,
        responses: item[method].responses,
      })),
    );
  }

  /** The operations whose path fits; a fixed segment wins over a parameter. */
  at(path) {
    const segments = path.split('/');
    const fits = this.operations.filter(
      (operation) =>
        operation.segments.length === segments.length &&
        operation.segments.every((part, at) => (part.startsWith('{') ? segments[at] !== '' : part === segments[at])),
    );
    const parameters = (operation) => operation.segments.filter((part) => part.startsWith('{')).length;
    const fewest = Math.min(...fits.map(parameters));
    return fits.filter((operation) => parameters(operation) === fewest);
  }

  /** Follows references within the document; answers the value and where it stands. */
  #resolved(value, pointer) {
    while (value?.$ref) {
      pointer = value.$ref;
      value = pointer.slice(2).split('/').reduce(
        (node, part) => node[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')], this.text);
    }
    return { value, pointer };
  }

  #validate(pointer, value) {
    if (!this.#validators.has(pointer)) this.#validators.set(pointer, this.#ajv.compile({ $ref: `document${pointer}` }));
    const validator = this.#validators.get(pointer);
    return validator(value) ? [] : validator.errors.map((error) => `${error.instancePath || 'it'} ${error.message}`);
  }

  /** What is wrong with a value by a schema of the components. */
  faultsBySchema(name, value) {
    return this.#validate(`#/components/schemas/${name}`, value);
  }

  /** What is wrong with the head of an answer; and the schema of its body, if it has one. */
  judgeHead(operation, method, status, fields) {
    const declared = operation.responses[status] ? String(status) : 'default';
    if (!operation.responses[declared]) return { faults: [`${status} is not in the document`] };
    const { value: response, pointer } = this.#resolved(
      operation.responses[declared], `${operation.pointer}/responses/${declared}`);
    const faults = [];
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      const { value, pointer: at } = this.#resolved(header, `${pointer}/headers/${escaped(name)}`);
      const sent = fields[name.toLowerCase()];
      if (sent === undefined) {
        if (value.required) faults.push(`the field ${name} is missing`);
      } else if (value.schema) {
        const type = value.schema.type;
        const typed = type === 'integer' || type === 'number' ? Number(sent) : sent;
        faults.push(...this.#validate(`${at}/schema`, typed).map((fault) => `the field ${name}: ${fault}`));
      }
    }
    if (bodiless(method, status)) return { faults };
    const type = (fields['content-type'] ?? '').split(';')[0].trim().toLowerCase();
    if (!response.content) {
      if (Number(fields['content-length'] ?? 0) !== 0) faults.push('a body, of which the document knows nothing');
      return { faults };
    }
    const [kind] = type.split('/');
    const key = [type, `${kind}/*`, '*/*'].find((name) => response.content[name]);
    if (!key) return { faults: [...faults, `Content-Type ${type || 'missing'}: the document has ${Object.keys(response.content)}`] };
    return { faults, type, schema: response.content[key].schema && `${pointer}/content/${escaped(key)}/schema` };
  }

  judgeBody(schema, value) {
    return this.#validate(schema, value);
  }
}
