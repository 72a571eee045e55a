// SPDX-License-Identifier: MIT
// Validates responses against the OpenAPI document.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const escaped = (name) => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** Whether a response has no body, by RFC 9110. */
const hasNoBody = (method, status) => method === 'HEAD' || status === 204 || status === 304;

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

  /** The operations of a path. Fixed segments take precedence over parameters. */
  at(path) {
    const segments = path.split('/');
    const matching = this.operations.filter(
      (operation) =>
        operation.segments.length === segments.length &&
        operation.segments.every((part, at) =>
          part.startsWith('{') ? segments[at] !== '' : part === segments[at],
        ),
    );
    const parameters = (operation) => operation.segments.filter((part) => part.startsWith('{')).length;
    const fewestParameters = Math.min(...matching.map(parameters));
    return matching.filter((operation) => parameters(operation) === fewestParameters);
  }

  /** Follows references within the document. Returns the value and its pointer. */
  #resolved(value, pointer) {
    while (value?.$ref) {
      pointer = value.$ref;
      value = pointer
        .slice(2)
        .split('/')
        .reduce(
          (node, part) => node[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')],
          this.text,
        );
    }
    return { value, pointer };
  }

  #validate(pointer, value) {
    if (!this.#validators.has(pointer))
      this.#validators.set(pointer, this.#ajv.compile({ $ref: `document${pointer}` }));
    const validator = this.#validators.get(pointer);
    return validator(value)
      ? []
      : validator.errors.map((error) => `${error.instancePath || 'it'} ${error.message}`);
  }

  /** The errors of a value by a schema of the components. */
  schemaErrors(name, value) {
    return this.#validate(`#/components/schemas/${name}`, value);
  }

  /** Validates the head of a response. Returns its errors, and the schema of its body if it has one. */
  validateHead(operation, method, status, fields) {
    const declared = operation.responses[status] ? String(status) : 'default';
    if (!operation.responses[declared]) return { errors: [`${status} is not in the document`] };
    const { value: response, pointer } = this.#resolved(
      operation.responses[declared],
      `${operation.pointer}/responses/${declared}`,
    );
    const errors = [];
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      const { value, pointer: at } = this.#resolved(header, `${pointer}/headers/${escaped(name)}`);
      const sent = fields[name.toLowerCase()];
      if (sent === undefined) {
        if (value.required) errors.push(`the field ${name} is missing`);
      } else if (value.schema) {
        const type = value.schema.type;
        const typed = type === 'integer' || type === 'number' ? Number(sent) : sent;
        errors.push(...this.#validate(`${at}/schema`, typed).map((fault) => `the field ${name}: ${fault}`));
      }
    }
    if (hasNoBody(method, status)) return { errors };
    const type = (fields['content-type'] ?? '').split(';')[0].trim().toLowerCase();
    if (!response.content) {
      if (Number(fields['content-length'] ?? 0) !== 0)
        errors.push('the document has no body for this response');
      return { errors };
    }
    const [kind] = type.split('/');
    const key = [type, `${kind}/*`, '*/*'].find((name) => response.content[name]);
    if (!key)
      return {
        errors: [
          ...errors,
          `Content-Type ${type || 'missing'}: the document has ${Object.keys(response.content)}`,
        ],
      };
    return {
      errors,
      type,
      schema: response.content[key].schema && `${pointer}/content/${escaped(key)}/schema`,
    };
  }

  validateBody(schema, value) {
    return this.#validate(schema, value);
  }
}
