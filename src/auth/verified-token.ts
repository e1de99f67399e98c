import type { Plane, Principal } from '../kernel/principal.js';

/** What a token with a right signature says, before it is asked whether it still counts. */
export interface VerifiedToken {
  /** The only plane that takes it. */
  readonly plane: Plane;
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}
