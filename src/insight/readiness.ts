import { Injectable } from '@nestjs/common';

export type ReadinessState = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** Whether this replica should get traffic; false from the start until `set(true)`, and again while it drains. */
@Injectable()
export class Readiness {
  private current: ReadinessState = { ready: false, reason: 'starting' };

  get state(): ReadinessState {
    return this.current;
  }

  /** `reason` is what load balancers and people read while the replica is not ready. */
  set(ready: boolean, reason = 'not ready'): void {
    this.current = ready ? { ready } : { ready, reason };
  }
}
