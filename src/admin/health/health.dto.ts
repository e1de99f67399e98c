import type { ReadinessState } from '../../insight/readiness.js';

export interface ReadinessDto {
  readonly status: 'ready' | 'not_ready';
  readonly reason?: string;
}

export function toReadinessDto(state: ReadinessState): ReadinessDto {
  return state.ready ? { status: 'ready' } : { status: 'not_ready', reason: state.reason };
}
