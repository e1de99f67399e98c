import { Fault } from '../../kernel/errors/fault.js';
import { type Fields, isFields, parseJson, textOf } from '../../kernel/gemini/json-values.js';
import { modelName } from '../model-name.js';

/** Sessions that one token may begin. */
const USES_MAX = 100;

/** Google mints none that lives longer. */
const LIFE_MAX_MS = 20 * 3_600_000;

/** What Google takes where nothing is said (wire facts A.4). */
const DEFAULT_USES = 1;
const DEFAULT_LIFE_MS = 30 * 60_000;
const DEFAULT_NEW_SESSION_MS = 60_000;

/** Room for the longest system instruction; a session's own setup has as much. */
const BODY_BYTES_MAX = 1024 * 1024;

/** A Timestamp of proto-JSON (RFC 3339). */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** The fields that are judged here, in both spellings that proto-JSON takes. */
const SPELLINGS = {
  uses: 'uses',
  expireTime: 'expire_time',
  newSessionExpireTime: 'new_session_expire_time',
  bidiGenerateContentSetup: 'bidi_generate_content_setup',
  fieldMask: 'field_mask',
} as const;
type Field = keyof typeof SPELLINGS;

/** What holds for every token of a caller. */
export interface TokenLimits {
  readonly nowMs: number;
  /** When the caller's own credential ends; Infinity where that is not known. */
  readonly latestMs: number;
  readonly aliases: Readonly<Record<string, string>>;
}

/** The terms on which a token is minted. */
export interface TokenTerms {
  readonly uses: number;
  readonly expiresAtMs: number;
  readonly newSessionExpiresAtMs: number;
  /** The model of its sessions as the caller named it, and as upstream knows it. */
  readonly asked: string | undefined;
  readonly model: string | undefined;
  /** Google serves no other model under the token. */
  readonly isLocked: boolean;
  /** What upstream is asked for: the terms spelled out, and everything else as the caller said it. */
  readonly body: Buffer;
}

/**
 * Reads what a caller asks of a new token. Upstream gets the body as it was understood here, so that both mean the same.
 * @throws Fault live_token_refused for more than the limits, body_not_json, body_ambiguous, body_too_large, model_invalid
 */
export function readTerms(body: Buffer | undefined, limits: TokenLimits): TokenTerms {
  const asked = fieldsOf(body);
  const setup = setupOf(field(asked, 'bidiGenerateContentSetup'));
  const { nowMs, latestMs, aliases } = limits;
  const uses = usesOf(field(asked, 'uses'));
  const expiresAtMs =
    timeOf('expireTime', field(asked, 'expireTime'), limits) ?? Math.min(nowMs + DEFAULT_LIFE_MS, latestMs);
  const newSessionExpiresAtMs =
    timeOf('newSessionExpireTime', field(asked, 'newSessionExpireTime'), limits) ??
    Math.min(nowMs + DEFAULT_NEW_SESSION_MS, expiresAtMs);
  const name = modelName(typeof setup?.['model'] === 'string' ? setup['model'] : undefined);
  const model = name !== undefined && Object.hasOwn(aliases, name) ? aliases[name] : name;
  const judged = {
    uses,
    expireTime: new Date(expiresAtMs).toISOString(),
    newSessionExpireTime: new Date(newSessionExpiresAtMs).toISOString(),
    fieldMask: field(asked, 'fieldMask'),
    bidiGenerateContentSetup: setup && { ...setup, ...(model !== undefined && { model: `models/${model}` }) },
  };
  return {
    uses,
    expiresAtMs,
    newSessionExpiresAtMs,
    asked: name,
    model,
    isLocked: model !== undefined && locksModel(textOf(judged.fieldMask)),
    body: Buffer.from(JSON.stringify({ ...withoutJudged(asked), ...judged })),
  };
}

function fieldsOf(body: Buffer | undefined): Fields {
  if (body && body.length > BODY_BYTES_MAX) throw new Fault('body_too_large');
  const fields = parseJson(body?.toString('utf8') ?? '');
  if (!isFields(fields)) throw new Fault('body_not_json');
  return fields;
}

function field(fields: Fields, name: Field): unknown {
  const other = SPELLINGS[name];
  if (name !== other && fields[name] !== undefined && fields[other] !== undefined) throw new Fault('body_ambiguous');
  return fields[name] ?? fields[other] ?? undefined;
}

function withoutJudged(fields: Fields): Fields {
  const judged = new Set<string>(Object.entries(SPELLINGS).flat());
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !judged.has(name)));
}

function usesOf(asked: unknown): number {
  const text = asked === undefined ? String(DEFAULT_USES) : textOf(asked);
  const uses = /^\d+$/.test(text) ? Number(text) : 0;
  if (uses >= 1 && uses <= USES_MAX) return uses;
  throw refused(`uses must be a whole number from 1 to ${USES_MAX}. 0, which means any number, is not allowed here.`);
}

function timeOf(name: Field, asked: unknown, { nowMs, latestMs }: TokenLimits): number | undefined {
  if (asked === undefined) return undefined;
  const timeMs = typeof asked === 'string' && TIMESTAMP.test(asked) ? Date.parse(asked) : NaN;
  if (Number.isNaN(timeMs)) throw refused(`${name} must be a time such as ${new Date(nowMs).toISOString()}.`);
  if (timeMs <= nowMs) throw refused(`${name} must be in the future. Check the clock of the machine that asks.`);
  if (timeMs > nowMs + LIFE_MAX_MS) throw refused(`${name} must be at most 20 hours away.`);
  if (timeMs <= latestMs) return timeMs;
  const end = new Date(latestMs).toISOString();
  throw refused(`${name} must not be later than the end of the token that asks, ${end}. Ask for an earlier time.`);
}

function setupOf(asked: unknown): Fields | undefined {
  if (asked === undefined) return undefined;
  if (!isFields(asked)) throw refused('bidiGenerateContentSetup must be an object, as in the setup of a session.');
  const resumption = asked['sessionResumption'] ?? asked['session_resumption'];
  if (isFields(resumption) && textOf(resumption['handle']) !== '') {
    throw refused('A token cannot hold the handle of a session. Send the handle in the setup of the session itself.');
  }
  return asked;
}

/** Without a mask the token's setup stands for the whole of every session's; with one, for the fields that it names. */
function locksModel(mask: string): boolean {
  return mask === '' || mask.split(',').some((path) => path.trim() === 'model');
}

function refused(detail: string): Fault {
  return new Fault('live_token_refused', { detail });
}
