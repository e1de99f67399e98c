import type { Secret } from '../../kernel/secret.js';

/** A key that a provider made. */
export interface ProvidedKey {
  /** Its resource name at the provider, by which it is deleted. */
  readonly name: string;
  readonly secret: Secret;
}

/** The key to be made: the same order always leads to the same key, so that a lost answer makes no second one. */
export interface KeyOrder {
  /** The project of the key, as the configuration names it. */
  readonly project: string;
  /** The key that it is for. */
  readonly keyId: string;
  /** Tells one order from every other. */
  readonly orderId: string;
}

/** The provider did not do it; the message says why and holds no secret. */
export class KeyProviderError extends Error {
  override readonly name = 'KeyProviderError';
}

/** Makes and deletes keys. Its methods throw KeyProviderError, and the signal's reason once that is aborted. */
export abstract class KeyProvider {
  /** Whether keys of a project can be made here. */
  abstract serves(project: string): boolean;

  /** Makes the ordered key, or finds it when it was made already. */
  abstract create(order: KeyOrder, signal: AbortSignal): Promise<ProvidedKey>;

  /** The name that the key of an order has, or would have; undefined when its project is not served any more. */
  abstract nameOf(order: KeyOrder): string | undefined;

  /** Deletes a key; one that is not there is deleted already. */
  abstract remove(name: string, signal: AbortSignal): Promise<void>;
}
