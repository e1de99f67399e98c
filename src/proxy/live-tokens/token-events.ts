import { Injectable } from '@nestjs/common';
import { type AuditDetails, actorOf } from '../../audit/audit-event.js';
import { AuditLog } from '../../audit/audit-log.js';
import type { MintedToken } from '../../auth/ephemeral/token-mint.js';
import type { Exchange } from '../exchange.js';
import type { TokenTerms } from './token-terms.js';

/** Tells the audit log of ephemeral tokens, by their ids. */
@Injectable()
export class TokenEvents {
  constructor(private readonly audit: AuditLog) {}

  minted(exchange: Exchange, { id }: MintedToken, { uses, expiresAtMs, model }: TokenTerms): void {
    const { key, principal } = exchange;
    this.append(exchange, 'ephemeral token minted', {
      token: id,
      credential: principal?.credentialId,
      project: key?.project,
      key: key?.id,
      model,
      uses,
      expires_at: new Date(expiresAtMs).toISOString(),
    });
  }

  revoked(exchange: Exchange, id: string): void {
    this.append(exchange, 'ephemeral token revoked', { token: id });
  }

  private append({ requestId, sourceIp, principal }: Exchange, action: string, details: AuditDetails): void {
    this.audit.append({
      type: 'AuthEvent',
      sourceIp,
      action,
      result: 'Success',
      durationMs: 0,
      requestId,
      actor: actorOf(principal),
      details,
    });
  }
}
