import { Fault } from '../kernel/errors/fault.js';

/** What a caller is told to wait when large bodies fill the memory. */
const RETRY_AFTER_MS = 1_000;

/** The share of the budget that one client may hold, so that it cannot starve the others. */
const CLIENT_SHARE = 0.5;

/** A part of the memory budget, given back when the call that holds it has settled. */
export interface Reservation {
  /** @throws Fault memory_exhausted when the budget or the client's share has no room */
  grow(bytes: number): void;
}

/** Counts the bytes of large request bodies that are held at the same time, in all and per client. */
export class BodyMemory {
  private total = 0;
  private readonly byClient = new Map<string, number>();

  /** `budgetBytes` is read at every growth, so that a changed configuration takes effect. */
  constructor(private readonly budgetBytes: () => number) {}

  /** Bytes held at the moment. */
  get heldBytes(): number {
    return this.total;
  }

  /** A reservation for one body, which ends when `settled` resolves. */
  open(client: string, settled: Promise<unknown>): Reservation {
    let held = 0;
    return {
      grow: (bytes) => {
        this.take(client, bytes);
        if (held === 0) {
          void settled.then(() => {
            this.give(client, held);
          });
        }
        held += bytes;
      },
    };
  }

  private take(client: string, bytes: number): void {
    const budget = this.budgetBytes();
    const ofClient = (this.byClient.get(client) ?? 0) + bytes;
    // A single body may exceed the share while nobody else is held up by it.
    const sharesExceeded = ofClient > budget * CLIENT_SHARE && this.total > ofClient - bytes;
    if (this.total + bytes > budget || sharesExceeded) {
      throw new Fault('memory_exhausted', { retryAfterMs: RETRY_AFTER_MS });
    }
    this.total += bytes;
    this.byClient.set(client, ofClient);
  }

  private give(client: string, bytes: number): void {
    this.total -= bytes;
    const left = (this.byClient.get(client) ?? 0) - bytes;
    if (left > 0) this.byClient.set(client, left);
    else this.byClient.delete(client);
  }
}
