import type { KeyRing } from '../keys/key-ring.js';
import type { UpstreamKey } from '../keys/upstream-key.js';
import { KeyLoad } from './key-load.js';

/** The load of each key, kept apart by secret: calls with a replaced one end on their own. */
export class KeyLoads {
  private readonly byName = new Map<string, KeyLoad>();

  /** The load of a key with its present secret. */
  of({ id, secret }: UpstreamKey): KeyLoad {
    const name = nameOf(id, secret.fingerprint());
    const known = this.byName.get(name);
    if (known) return known;
    const load = new KeyLoad();
    this.byName.set(name, load);
    return load;
  }

  /** Leases of a key, given with the secret of this fingerprint, that have not ended. */
  inFlight(keyId: string, fingerprint: string): number {
    return this.byName.get(nameOf(keyId, fingerprint))?.inFlight ?? 0;
  }

  /** Forgets what is neither in the ring nor in use any more. */
  tidy(ring: KeyRing): void {
    const present = new Set(ring.keys.map(({ id, secret }) => nameOf(id, secret.fingerprint())));
    for (const [name, { inFlight }] of this.byName) {
      if (inFlight === 0 && !present.has(name)) this.byName.delete(name);
    }
  }
}

function nameOf(keyId: string, fingerprint: string): string {
  return `${keyId} ${fingerprint}`;
}
