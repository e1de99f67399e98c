// The floor: what passing bytes costs in Node at least. No checks, no metering, no retries; headers as they come.
import { createServer } from 'node:http';
import { Agent } from 'undici';
import { measuredProcess } from './measured-process.mjs';

const { upstream } = JSON.parse(process.argv[2]);
const agent = new Agent({ allowH2: false, pipelining: 1 });

const OWN_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

function passed(raw) {
  const headers = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (!OWN_CONNECTION.has(raw[i].toLowerCase())) headers.push(raw[i], raw[i + 1]);
  }
  return headers;
}

/** Writes an answer to the caller as it arrives, with back-pressure. */
class Passing {
  constructor(response) {
    this.response = response;
  }
  onRequestStart() {}
  onResponseStart(_controller, status, headers) {
    delete headers.connection;
    delete headers['keep-alive'];
    this.response.writeHead(status, headers);
  }
  onResponseData(controller, chunk) {
    if (this.response.write(chunk)) return;
    controller.pause();
    this.response.once('drain', () => controller.resume());
  }
  onResponseEnd() {
    this.response.end();
  }
  onResponseError() {
    this.response.destroy();
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length > 1 ? Buffer.concat(chunks) : (chunks[0] ?? null);
    const { method, url, rawHeaders } = request;
    agent.dispatch({ origin: upstream, path: url, method, headers: passed(rawHeaders), body }, new Passing(response));
  });
});

await measuredProcess(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    server.closeAllConnections();
    await agent.destroy();
  };
  return { ready: { url: `http://127.0.0.1:${server.address().port}` }, stop };
});
