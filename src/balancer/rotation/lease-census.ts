/** Who knows which calls are under way. */
export abstract class LeaseCensus {
  /** Leases of a key, given with the secret of this fingerprint, that have not ended. */
  abstract inFlightOf(keyId: string, fingerprint: string): number;
}
