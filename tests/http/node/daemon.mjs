// SPDX-License-Identifier: MIT
// A convertd process on a free port, with its data in a folder.
import { spawn } from 'node:child_process';

export class Daemon {
  log = '';

  constructor(program, folder, options = []) {
    this.process = spawn(program, ['--data', folder, '--listen', '127.0.0.1:0', ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = new Promise((resolve) => this.process.on('exit', (code, signal) => resolve(code ?? signal)));
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (text) => this.#append(text));
  }

  #wake = () => {};
  #append(text) {
    this.log += text;
    this.#wake();
  }

  /** Waits until its log contains a text. */
  async logged(text, timeout = 60_000) {
    const expired = new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`convertd did not log "${text}":\n${this.log}`)), timeout).unref(),
    );
    const exited = this.ended.then((how) => {
      throw new Error(`convertd ended (${how}):\n${this.log}`);
    });
    exited.catch(() => {});
    while (!this.log.includes(text)) {
      await Promise.race([
        new Promise((resolve) => {
          this.#wake = resolve;
        }),
        exited,
        expired,
      ]);
    }
  }

  /** Waits until its workers are ready. Resolves to its address. */
  async ready() {
    await this.logged('ready: ');
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.log)[0];
  }

  /** Stops it by SIGTERM. Resolves to its exit status. */
  async stop() {
    this.process.kill('SIGTERM');
    return this.ended;
  }
}
