import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ConfigStore } from '../../config/config.store.js';
import { Fault } from '../../kernel/errors/fault.js';
import { BodyMemory, type Reservation } from '../body-memory.js';
import type { Exchange } from '../exchange.js';

const DECODERS: ReadonlyMap<string, () => NodeJS.ReadWriteStream & Readable> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** Phase 5: reads the body of an admitted call into memory; uploads are left to stream. */
@Injectable()
export class BodyReader {
  readonly memory: BodyMemory;

  constructor(private readonly config: ConfigStore) {
    this.memory = new BodyMemory(() => this.config.current.server.body.memory_budget);
  }

  /**
   * Leaves the whole body, decoded, in `exchange.body`; the bytes of an upload stay where they are.
   * @throws Fault body_too_large, body_incomplete, encoding_unsupported, memory_exhausted
   */
  async read(exchange: Exchange): Promise<void> {
    const { request } = exchange.arrival;
    const { max, buffer, upload_max: uploadMax } = this.config.current.server.body;
    const announced = announcedLength(request);
    if (announced === 0) return;
    if (isUploadOfBytes(exchange, announced, buffer)) {
      if (announced !== undefined && announced > uploadMax) throw new Fault('body_too_large');
      return;
    }
    if (announced !== undefined && announced > max) throw new Fault('body_too_large');
    const reservation = this.memory.open(exchange.principal?.id ?? exchange.sourceIp, exchange.settled);
    const limits = { maxBytes: max, freeBytes: buffer, reservation };
    request.socket.setTimeout(this.config.current.gemini.timeouts.idle);
    try {
      exchange.body = await collect(request, decoded(request), announced, limits);
    } finally {
      request.socket.setTimeout(0);
    }
  }
}

interface Limits {
  readonly maxBytes: number;
  /** Bodies up to this size are not counted against the memory budget. */
  readonly freeBytes: number;
  readonly reservation: Reservation;
}

/** Bytes of an upload stream through; the small JSON that starts one is read, so that it can be tried on another key. */
function isUploadOfBytes(exchange: Exchange, announced: number | undefined, buffer: number): boolean {
  if (exchange.route.surface !== 'upload') return false;
  const command = exchange.arrival.request.headers['x-goog-upload-command'];
  const startsOnly = command === 'start' && !exchange.arrival.uploadSession;
  return !(startsOnly && announced !== undefined && announced <= buffer);
}

/** The announced length, 0 when the message has no body, undefined when only its end will tell. */
function announcedLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return request;
  const decoder = DECODERS.get(encoding)?.();
  if (!decoder) throw new Fault('encoding_unsupported');
  request.on('close', () => {
    if (!request.complete) decoder.destroy(new Fault('body_incomplete'));
  });
  return request.pipe(decoder);
}

function collect(
  request: IncomingMessage,
  source: Readable,
  announced: number | undefined,
  limits: Limits,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const isLarge = announced !== undefined && source === request && announced > limits.freeBytes;
    const stop = (fault: Fault): void => {
      source.off('data', take);
      source.pause();
      reject(fault);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > limits.maxBytes) {
        stop(new Fault('body_too_large'));
        return;
      }
      // A body of announced length was counted whole before its first byte was read.
      if (!isLarge && bytes > limits.freeBytes) tryGrow(limits.reservation, chunk.length, stop);
    };
    if (isLarge && !tryGrow(limits.reservation, announced, stop)) return;
    source.on('data', take);
    source.once('end', () => {
      const [first] = chunks;
      resolve(first && chunks.length === 1 ? first : Buffer.concat(chunks, bytes));
    });
    source.once('error', (cause) => {
      stop(cause instanceof Fault ? cause : new Fault('body_incomplete', { cause }));
    });
    request.once('close', () => {
      if (!request.complete) stop(new Fault('body_incomplete'));
    });
  });
}

function tryGrow(reservation: Reservation, bytes: number, stop: (fault: Fault) => void): boolean {
  try {
    reservation.grow(bytes);
    return true;
  } catch (error) {
    stop(error as Fault);
    return false;
  }
}
