import type { WebSocket } from 'ws';

/** One WebSocket message, its bytes as they came. */
export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** The largest message either way: media is sent in small pieces. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** Bytes that may wait at one end before the other is paused. */
const BUFFERED_BYTES_MAX = 1024 * 1024;

/** One end of a Live session. Frames that arrive before somebody listens are kept in order. */
export class LiveEnd {
  private early: Frame[] = [];
  private earlyBytes = 0;
  private listener: ((frame: Frame) => void) | undefined;
  private onFirst: ((frame: Frame) => void) | undefined;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) => {
      this.arrived({ data, isBinary });
    });
  }

  /** The first frame; it waits for `flow` all the same. */
  first(): Promise<Frame> {
    const [frame] = this.early;
    if (frame) return Promise.resolve(frame);
    return new Promise((resolve) => {
      this.onFirst = resolve;
    });
  }

  /** Delivers all further frames, those that waited first; skips the first one when it was read already. */
  flow(listener: (frame: Frame) => void, skipFirst: boolean): void {
    const waiting = skipFirst ? this.early.slice(1) : this.early;
    this.early = [];
    this.listener = listener;
    waiting.forEach(listener);
    this.socket.resume();
  }

  /** Sends a frame of the other end; that one is paused while too much waits here. */
  relay(frame: Frame, from: LiveEnd): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount <= BUFFERED_BYTES_MAX) {
      this.socket.send(frame.data, { binary: frame.isBinary });
      return;
    }
    from.socket.pause();
    this.socket.send(frame.data, { binary: frame.isBinary }, () => {
      from.socket.resume();
    });
  }

  private arrived(frame: Frame): void {
    if (this.listener) {
      this.listener(frame);
      return;
    }
    this.early.push(frame);
    this.earlyBytes += frame.data.length;
    // Paused as late as possible: a paused socket does not notice that its peer has left.
    if (this.earlyBytes > BUFFERED_BYTES_MAX) this.socket.pause();
    this.onFirst?.(frame);
    this.onFirst = undefined;
  }
}
