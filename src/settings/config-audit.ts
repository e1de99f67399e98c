import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import type { ConfigVersion } from '../persistence/repositories/config-version.repository.js';
import { SettingsService } from './settings.service.js';

/** Records which configuration came into force, and when. */
@Injectable()
export class ConfigAudit implements OnModuleInit, OnModuleDestroy {
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly settings: SettingsService,
    private readonly audit: AuditLog,
  ) {}

  onModuleInit(): void {
    this.record(this.settings.current, 'start with configuration');
    this.unsubscribe = this.settings.onVersion((version) => {
      this.record(version, 'change configuration');
    });
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
  }

  private record({ version, actor, source, summary }: ConfigVersion, action: string): void {
    this.audit.append({
      type: 'ConfigChange',
      sourceIp: '',
      action,
      result: 'Success',
      durationMs: 0,
      actor: { type: actor === 'system' ? 'system' : 'admin', id: actor },
      details: { version, source, summary },
    });
  }
}
