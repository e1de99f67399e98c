import { type CustomDecorator, SetMetadata } from '@nestjs/common';

import type { AuditedEventType } from './audit-event.js';

/** Metadata key that AuditInterceptor reads. */
export const AUDITED_AS = Symbol('audited as');

/** Records every call of this route of the control plane, done or failed, as one line of the given type. */
export function Audited(type: AuditedEventType): CustomDecorator<symbol> {
  return SetMetadata(AUDITED_AS, type);
}
