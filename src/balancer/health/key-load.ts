/** Weight of the newest observation. */
const ALPHA = 0.2;

/** An old peak fades by half in this time, so that one slow answer does not banish a key. */
const FADE_HALF_MS = 10_000;

/** What a key carries, and how well it does: local to the replica. */
export class KeyLoad {
  /** Leases that have not ended. */
  inFlight = 0;
  /** Share of recent attempts that failed through upstream's fault, 0 to 1. */
  errorRate = 0;
  private latency = 0;
  private heardAtMs = 0;

  /** Milliseconds to the first byte: rises at once, falls slowly (peak EWMA); 0 while nothing is known. */
  latencyMs(nowMs: number): number {
    return this.latency * 2 ** (-(nowMs - this.heardAtMs) / FADE_HALF_MS);
  }

  /** Notes how an attempt went. */
  observe(latencyMs: number, failed: boolean, nowMs: number): void {
    this.errorRate += ALPHA * ((failed ? 1 : 0) - this.errorRate);
    if (failed) return;
    const faded = this.latencyMs(nowMs);
    this.latency = latencyMs > faded ? latencyMs : faded + ALPHA * (latencyMs - faded);
    this.heardAtMs = nowMs;
  }
}
