import type { Exchange } from '../exchange.js';
import type { Places } from '../phases/place.js';
import type { Frame } from './live-end.js';

/** How a caller's frames go on. */
export interface FrameWay {
  send(frame: Frame): void;
  /** Asks for no more frames until `resume`; those that still come wait. */
  pause(): void;
  resume(): void;
  /** The session cannot go on with what the caller sent. */
  refuse(error: unknown): void;
}

/**
 * Hands on what a caller sends in a session, in its order. A frame that names files, or anything else that a project
 * has, waits until it is known to be the caller's and in the session's project; it is the last one when it is not.
 */
export class SentFrames {
  /** What came while a frame is looked into. */
  private waiting: Frame[] | undefined;
  private isRefused = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly project: string,
    private readonly places: Places,
    private readonly way: FrameWay,
  ) {}

  take(frame: Frame): void {
    if (this.isRefused) return;
    if (this.waiting) {
      this.waiting.push(frame);
      return;
    }
    try {
      const placed = this.places.placeLater(this.exchange, this.project, frame.data);
      if (placed) this.hold(frame, placed);
      else this.way.send(frame);
    } catch (error) {
      this.refuse(error);
    }
  }

  private hold(frame: Frame, placed: Promise<Buffer>): void {
    const waiting: Frame[] = [];
    this.waiting = waiting;
    this.way.pause();
    placed.then(
      (data) => {
        this.way.send({ ...frame, data });
        this.waiting = undefined;
        for (const next of waiting) this.take(next);
        this.way.resume();
      },
      (error: unknown) => {
        this.refuse(error);
      },
    );
  }

  private refuse(error: unknown): void {
    this.isRefused = true;
    this.waiting = undefined;
    this.way.refuse(error);
  }
}
