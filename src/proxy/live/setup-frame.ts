import type { Clock } from '../../kernel/clock.js';
import { Fault } from '../../kernel/errors/fault.js';
import { modelName } from '../model-name.js';
import type { Frame, LiveEnd } from './live-end.js';

const SETUP_WAIT_MS = 10_000;
const SETUP_BYTES_MAX = 1024 * 1024;

/** The first message of a session, which says what it is about. */
export interface Setup {
  readonly frame: Frame;
  readonly model: string | undefined;
}

/** Waits for the caller's `setup`. @throws Fault live_setup_missing, body_too_large, caller_gone */
export async function readSetup(caller: LiveEnd, clock: Clock): Promise<Setup> {
  const frame = await firstFrame(caller, clock);
  if (frame.data.length > SETUP_BYTES_MAX) throw new Fault('body_too_large');
  const setup = setupOf(frame);
  if (!setup) throw new Fault('live_setup_missing');
  const { model } = setup;
  return { frame, model: modelName(typeof model === 'string' ? model : undefined) };
}

/** The setup for another model than the caller named. */
export function withModel(frame: Frame, asked: string | undefined, model: string | undefined): Frame {
  if (model === undefined || model === asked) return frame;
  const message = { setup: { ...setupOf(frame), model: `models/${model}` } };
  return { data: Buffer.from(JSON.stringify(message)), isBinary: frame.isBinary };
}

function firstFrame(caller: LiveEnd, clock: Clock): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(SETUP_WAIT_MS, () => {
      reject(new Fault('live_setup_missing'));
    });
    caller.socket.once('close', () => {
      stop();
      reject(new Fault('caller_gone'));
    });
    void caller.first().then((frame) => {
      stop();
      resolve(frame);
    });
  });
}

function setupOf({ data }: Frame): { readonly model?: unknown } | undefined {
  try {
    const message: unknown = JSON.parse(data.toString('utf8'));
    const setup = typeof message === 'object' && message !== null && 'setup' in message ? message.setup : undefined;
    return typeof setup === 'object' && setup !== null ? setup : undefined;
  } catch {
    return undefined;
  }
}
