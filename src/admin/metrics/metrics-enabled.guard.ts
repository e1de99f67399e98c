import { type CanActivate, Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { Fault } from '../../kernel/errors/fault.js';

/** While `metrics.enabled` is false there is no /metrics; the rest of the control plane stays. */
@Injectable()
export class MetricsEnabledGuard implements CanActivate {
  constructor(private readonly config: ConfigStore) {}

  /** Throws `not_found`. */
  canActivate(): boolean {
    if (this.config.current.metrics.enabled) return true;
    throw new Fault('not_found', { detail: 'Metrics are switched off here (metrics.enabled).' });
  }
}
