// Parent side: starts a measured process, asks it, ends it.
import { fork } from 'node:child_process';
import { join } from 'node:path';

const START_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 30_000;

/** Would name stores, keys or options of a real installation, or change how Node runs. */
const NOT_INHERITED = /^(DATABASE_URL|REDIS_URL|GEMINI_.*|GOOGLE_.*|MASTER_KEY|JWT_SECRET|PG.*|NODE_OPTIONS|OTEL_.*)$/;

export class Child {
  #process;
  #pending = new Map();
  #lastId = 0;
  /** What the process told when it was ready. */
  ready;

  /** Starts `bench/processes/<file>`; resolves when it is ready, rejects with the reason of its failure. */
  static async start(file, argument = {}) {
    const child = new Child();
    await child.#start(file, argument);
    return child;
  }

  /** Microseconds of CPU so far and resident bytes, once all work that was put off is done. */
  usage() {
    return this.ask('usage');
  }

  /** Rejects with what went wrong in the process, when it ends, and when no answer comes. */
  ask(verb, argument) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`no answer to "${verb}" within ${ANSWER_TIMEOUT_MS} ms`));
      }, ANSWER_TIMEOUT_MS);
      this.#pending.set(id, { resolve, reject, timer });
      this.#process.send({ id, verb, argument });
    });
  }

  /** Asks the process to end, and ends it where it does not. */
  async stop() {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), ANSWER_TIMEOUT_MS);
    this.ask('stop').catch(() => undefined);
    await gone;
    clearTimeout(timer);
  }

  #start(file, argument) {
    return new Promise((resolve, reject) => {
      const child = fork(join(import.meta.dirname, file), [JSON.stringify(argument)], {
        env: environment(),
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      this.#process = child;
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`${file} was not ready within ${START_TIMEOUT_MS} ms`));
      }, START_TIMEOUT_MS);
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        const error = new Error(`${file} ended (${signal ?? code})`);
        reject(error);
        for (const id of this.#pending.keys()) this.#settle(id, error.message);
      });
      child.on('message', ({ id, ready, result, failed }) => {
        if (id !== undefined) return this.#settle(id, failed, result);
        clearTimeout(timer);
        this.ready = ready;
        if (failed === undefined) resolve();
        else reject(new Error(`${file} could not start: ${failed}`));
      });
    });
  }

  #settle(id, failed, result) {
    const waiting = this.#pending.get(id);
    if (!waiting) return;
    this.#pending.delete(id);
    clearTimeout(waiting.timer);
    if (failed === undefined) waiting.resolve(result);
    else waiting.reject(new Error(failed));
  }
}

function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  return { ...Object.fromEntries(kept), NODE_ENV: 'production' };
}
