// What load is sent to: one address, one request, and the connections to it.
import { Pool } from 'undici';

const CALL_TIMEOUT_MS = 10_000;

/** In an open loop calls must not wait for each other here. */
const OPEN_LOOP_CONNECTIONS = 256;

export class Target {
  #pool;
  #request;

  constructor(origin, request, { concurrency, ratePerSecond }) {
    const connections = ratePerSecond > 0 ? OPEN_LOOP_CONNECTIONS : concurrency;
    const timeouts = { headersTimeout: CALL_TIMEOUT_MS, bodyTimeout: CALL_TIMEOUT_MS };
    this.#pool = new Pool(origin, { connections, pipelining: 1, allowH2: false, ...timeouts });
    this.#request = request;
  }

  /** One call; `done(error)` is called once, with an error for anything but a whole 200 answer. */
  call(done) {
    this.#pool.dispatch(this.#request, new Answer(done));
  }

  close() {
    return this.#pool.destroy();
  }
}

/** Reads an answer and keeps nothing of a good one. */
class Answer {
  #status = 0;
  #bytes = 0;
  #complaint = '';
  #done;

  constructor(done) {
    this.#done = done;
  }

  onRequestStart() {}

  onResponseStart(_controller, status) {
    this.#status = status;
  }

  onResponseData(_controller, chunk) {
    this.#bytes += chunk.length;
    if (this.#status !== 200) this.#complaint += chunk.toString('utf8', 0, 500);
  }

  onResponseEnd() {
    if (this.#status === 200 && this.#bytes > 0) this.#done(undefined);
    else this.#done(new Error(`a call was answered ${this.#status} (${this.#bytes} bytes) ${this.#complaint}`));
  }

  onResponseError(_controller, error) {
    this.#done(error);
  }
}
