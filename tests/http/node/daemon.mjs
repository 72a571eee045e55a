// SPDX-License-Identifier: MIT
// The real convertd on a free port, with its data in a folder.
import { spawn } from 'node:child_process';

export class Daemon {
  log = '';

  constructor(program, folder, options = []) {
    this.process = spawn(program, ['--data', folder, '--listen', '127.0.0.1:0', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => this.process.on('exit', (code, signal) => resolve(code ?? signal)));
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => this.#said(text));
  }

  #wake = () => {};
  #said(text) {
    this.log += text;
    this.#wake();
  }

  /** Waits until its log has that text. */
  async says(text, patience = 60_000) {
    const late = new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`convertd did not say "${text}":\n${this.log}`)), patience).unref());
    const gone = this.ended.then((how) => { throw new Error(`convertd ended (${how}):\n${this.log}`); });
    gone.catch(() => {});
    while (!this.log.includes(text)) {
      await Promise.race([new Promise((resolve) => { this.#wake = resolve; }), gone, late]);
    }
  }

  /** Waits until conversions run; answers its address. */
  async ready() {
    await this.says('ready: ');
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.log)[0];
  }

  /** Ends it as an operator would; answers its exit status. */
  async stop() {
    this.process.kill('SIGTERM');
    return this.ended;
  }
}
