import { applyDecorators, Controller, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuditInterceptor } from '../../audit/audit.interceptor.js';
import { ErrorMappingInterceptor } from '../../faults/error-mapping.interceptor.js';

/** A controller of the control plane: its failures become faults, and what `@Audited` marks is recorded. */
export function ControlPlaneController(path: string, tag: string): ClassDecorator {
  // The audit stands outside, so that it sees the fault and not the raw error. The guard is global.
  return applyDecorators(Controller(path), ApiTags(tag), UseInterceptors(AuditInterceptor, ErrorMappingInterceptor));
}
