import type { Cancel, Clock } from '../../kernel/clock.js';
import { ceilingMs } from '../../kernel/resilience/backoff.js';
import type { Notify } from './notify.js';
import type { Postmaster } from './postmaster.js';

const BACKOFF = { base: 100, max: 10_000 };
/** A server that ran this long before it ended is restarted as if it never had. */
const STEADY_MS = 60_000;

/** What is supervised: one run of the server. */
type Run = Pick<Postmaster, 'exited' | 'lastWords' | 'stop' | 'interrupt'>;

type State =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'running'; readonly postmaster: Run; readonly sinceMs: number; readonly restarts: number }
  | { readonly kind: 'waiting'; readonly cancel: Cancel }
  | { readonly kind: 'launching'; readonly done: Promise<void> };

/** Keeps a database server running: one that ends by itself is started again, at growing intervals of up to 10 s. */
export class PostmasterSupervisor {
  private state: State = { kind: 'stopped' };

  constructor(
    private readonly launch: () => Promise<Run>,
    private readonly clock: Clock,
    private readonly notify: Notify,
  ) {}

  /** Rejects when the first start fails; later failures are repeated and told. */
  async start(): Promise<void> {
    this.watch(await this.launch(), 0);
  }

  /** Ends the server and waits for its end. */
  async stop(): Promise<void> {
    if (this.state.kind === 'launching') await this.state.done;
    const { state } = this;
    this.state = { kind: 'stopped' };
    if (state.kind === 'waiting') state.cancel();
    if (state.kind === 'running') await state.postmaster.stop();
  }

  /** Asks the server to stop without waiting, for a process that is exiting. */
  interrupt(): void {
    if (this.state.kind === 'running') this.state.postmaster.interrupt();
  }

  private watch(postmaster: Run, restarts: number): void {
    const running: State = { kind: 'running', postmaster, sinceMs: this.clock.monotonic(), restarts };
    this.state = running;
    void postmaster.exited.then(() => {
      if (this.state !== running) return;
      const steady = this.clock.monotonic() - running.sinceMs >= STEADY_MS;
      this.notify('warn', `The embedded PostgreSQL ended unexpectedly and is started again. ${postmaster.lastWords}`);
      this.restartLater(steady ? 1 : restarts + 1);
    });
  }

  private restartLater(restarts: number): void {
    const cancel = this.clock.after(ceilingMs(BACKOFF, restarts), () => {
      this.state = { kind: 'launching', done: this.restart(restarts) };
    });
    this.state = { kind: 'waiting', cancel };
  }

  private async restart(restarts: number): Promise<void> {
    try {
      const postmaster = await this.launch();
      this.watch(postmaster, restarts);
      this.notify('info', 'The embedded PostgreSQL runs again.');
    } catch (error) {
      this.notify('warn', error instanceof Error ? error.message : String(error));
      this.restartLater(restarts + 1);
    }
  }
}
