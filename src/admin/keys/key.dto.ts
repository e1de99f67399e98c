import { ApiProperty } from '@nestjs/swagger';
import { KEY_STATES, type KeyRest, type KeyStateName, type KeyView } from '../../balancer/keys/key-overview.js';
import type { RestKind } from '../../balancer/health/scope.js';
import type { KeyAgeState } from '../../balancer/rotation/key-ages.js';
import type { KeyRemark } from '../../balancer/rotation/key-strength.js';
import type { GeminiKeyConfig } from '../../config/schema.js';
import type { Secret } from '../../kernel/secret.js';
import { type MaskedSecret, maskSecret } from '../../settings/config-secrets.js';
import type { Plain } from '../transport/plain.js';
import { toTime } from '../transport/time.js';

const REST_KINDS: readonly RestKind[] = ['quota', 'quarantine', 'excluded'];
const AGE_STATES: readonly KeyAgeState['state'][] = ['fresh', 'due_soon', 'overdue'];
const REMARK_LEVELS: readonly KeyRemark['level'][] = ['advice', 'warning', 'refusal'];

/** How limits are documented: numbers by patterns of model names. */
const LIMITS_SCHEMA = {
  type: 'object',
  additionalProperties: { type: 'object', additionalProperties: { type: 'integer', minimum: 0 } },
  example: { 'gemini-*-flash': { rpm: 5, tpm: 250_000, rpd: 20 } },
} as const;

export class MaskedSecretDto implements MaskedSecret {
  @ApiProperty({ example: 'sha256:0123456789abcdef', description: 'Tells secrets apart and reveals none.' })
  readonly $secret!: string;
}

export class CoolDownDto {
  @ApiProperty({ example: 'bucket:primary/gemini-3.8-flash' })
  readonly scope!: string;

  @ApiProperty({ enum: REST_KINDS, description: 'A quarantine ends when a probe finds the key well.' })
  readonly kind!: RestKind;

  @ApiProperty({ description: 'What Google said.' })
  readonly reason!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The end; of a quarantine, the next probe. null: no end is known.',
  })
  readonly until!: string | null;

  @ApiProperty({ description: 'Rests in a row: each is longer than the one before.' })
  readonly trips!: number;
}

export class KeyAgeDto {
  @ApiProperty({
    format: 'date-time',
    description: 'Since when the secret is known here: Google does not tell its age.',
  })
  readonly first_seen!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it should be replaced; null: gemini.rotation.max_age is 0.',
  })
  readonly due!: string | null;

  @ApiProperty({ enum: AGE_STATES })
  readonly state!: KeyAgeState['state'];
}

export class KeyRemarkDto {
  @ApiProperty({ example: 'shared_project' })
  readonly code!: string;

  @ApiProperty({ enum: REMARK_LEVELS })
  readonly level!: KeyRemark['level'];

  @ApiProperty({ description: 'What it is, and what to do.' })
  readonly text!: string;
}

export class KeyDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({ type: MaskedSecretDto, description: 'The secret in use; after a rotation the new one.' })
  readonly key!: MaskedSecret;

  @ApiProperty()
  readonly project!: string;

  @ApiProperty({ type: String, nullable: true })
  readonly billing_account!: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly tier!: string | null;

  @ApiProperty({ ...LIMITS_SCHEMA, description: 'Bounds of your own.' })
  readonly limits!: GeminiKeyConfig['limits'];

  @ApiProperty({ type: [String], description: 'Patterns of model names; empty: all.' })
  readonly models!: readonly string[];

  @ApiProperty()
  readonly enabled!: boolean;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly not_before!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly expires_at!: string | null;

  @ApiProperty()
  readonly standby!: boolean;

  @ApiProperty({ description: 'As configured.' })
  readonly weight!: number;

  @ApiProperty({ description: 'What counts: the weight of the applied preset, else the configured one.' })
  readonly effective_weight!: number;

  @ApiProperty({ enum: KEY_STATES, description: 'Of several states that hold, the first of this list.' })
  readonly state!: KeyStateName;

  @ApiProperty({ type: [CoolDownDto], description: 'Of the key, and of its project, account and quotas.' })
  readonly cool_downs!: readonly Plain<CoolDownDto>[];

  @ApiProperty({ description: 'Calls under way with this key on this replica.' })
  readonly in_flight!: number;

  @ApiProperty({ type: KeyAgeDto })
  readonly age!: Plain<KeyAgeDto>;

  @ApiProperty({ type: [KeyRemarkDto], description: 'What is to be said of its text, and of keys in its way.' })
  readonly remarks!: readonly Plain<KeyRemarkDto>[];
}

export class KeyListDto {
  @ApiProperty({ type: [KeyDto], description: 'In the order of the configuration.' })
  readonly items!: readonly Plain<KeyDto>[];

  @ApiProperty({ type: String, nullable: true, description: 'The cursor of the next page.' })
  readonly next!: string | null;
}

/** All that is known of one key. */
export interface KnownKey {
  readonly options: GeminiKeyConfig;
  readonly view: KeyView;
  /** The secret in use. */
  readonly secret: Secret;
  readonly age: KeyAgeState;
  readonly remarks: readonly KeyRemark[];
}

export function toKeyDto({ options, view, secret, age, remarks }: KnownKey): Plain<KeyDto> {
  const { id, project, billing_account: account, tier, limits, models, enabled, standby, weight } = options;
  return {
    id,
    key: maskSecret(secret),
    project,
    billing_account: account ?? null,
    tier: tier ?? null,
    limits,
    models,
    enabled,
    not_before: toTime(options.not_before),
    expires_at: toTime(options.expires_at),
    standby,
    weight,
    effective_weight: view.effectiveWeight,
    state: view.state,
    cool_downs: view.coolDowns.map(toCoolDownDto),
    in_flight: view.inFlight,
    age: { first_seen: new Date(age.firstSeenMs).toISOString(), due: toTime(age.dueMs), state: age.state },
    remarks: remarks.map(({ code, level, text }) => ({ code, level, text: `Key ${id} ${text}.` })),
  };
}

function toCoolDownDto({ scope, kind, reason, untilMs, trips }: KeyRest): Plain<CoolDownDto> {
  return { scope, kind, reason, until: toTime(untilMs), trips };
}
