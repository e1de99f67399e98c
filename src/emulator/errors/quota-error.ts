import type { Quota, Tier } from '../scenario/scenario.schema.js';
import { googleError, help, retryInfo } from './google-error.js';
import type { GoogleError } from './google-error.js';

/** The three dimensions that a project × model is counted in. */
export type QuotaDimension = keyof Quota;

interface QuotaName {
  readonly metric: string;
  readonly id: string;
}

const perRequest = {
  rpm: { metric: 'generate_requests_per_model', id: 'GenerateRequestsPerMinutePerProjectPerModel' },
  rpd: { metric: 'generate_requests_per_model_per_day', id: 'GenerateRequestsPerDayPerProjectPerModel' },
};

const TOKENS_PAID = 'GenerateContentPaidTierInputTokensPerModelPerMinute';

const NAMES: Readonly<Record<Tier, Readonly<Record<QuotaDimension, QuotaName>>>> = {
  free: {
    rpm: { metric: 'generate_content_free_tier_requests', id: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier' },
    rpd: { metric: 'generate_content_free_tier_requests', id: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' },
    tpm: {
      metric: 'generate_content_free_tier_input_token_count',
      id: 'GenerateContentInputTokensPerModelPerMinute-FreeTier',
    },
  },
  tier_1: { ...perRequest, tpm: { metric: 'generate_content_paid_tier_input_token_count', id: TOKENS_PAID } },
  tier_2: {
    ...perRequest,
    tpm: { metric: 'generate_content_paid_tier_2_input_token_count', id: `${TOKENS_PAID}-PaidTier2` },
  },
  tier_3: {
    ...perRequest,
    tpm: { metric: 'generate_content_paid_tier_3_input_token_count', id: `${TOKENS_PAID}-PaidTier3` },
  },
};

/** A limit that a request would exceed. */
export interface Violation {
  readonly dimension: QuotaDimension;
  readonly limit: number;
  /** Seconds until the window has room again. */
  readonly waitSeconds: number;
}

const INTRODUCTION =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. ';

/** 429 RESOURCE_EXHAUSTED with every violated limit, as the real service words it. */
export function quotaError(tier: Tier, model: string, violations: readonly [Violation, ...Violation[]]): GoogleError {
  const named = violations.map(({ dimension, limit, waitSeconds }) => ({
    ...NAMES[tier][dimension],
    limit,
    delaySeconds: statedDelaySeconds(dimension, waitSeconds),
    waitSeconds,
  }));
  const lines = named.map(
    ({ metric, limit }) => `* Quota exceeded for metric: ${qualified(metric)}, limit: ${limit}, model: ${model}`,
  );
  const textDelay = Math.max(...violations.map((v) => (v.dimension === 'rpd' ? SHORT_DELAY_SECONDS : v.waitSeconds)));
  const message = `${INTRODUCTION}\n${lines.join('\n')}\nPlease retry in ${textDelay.toFixed(9)}s.`;
  return googleError(429, message, [
    {
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: named.map(({ metric, id, limit }) => ({
        quotaMetric: qualified(metric),
        quotaId: id,
        quotaDimensions: { location: 'global', model },
        quotaValue: String(limit),
      })),
    },
    help('Learn more about Gemini API quotas', 'https://ai.google.dev/gemini-api/docs/rate-limits'),
    retryInfo(Math.max(...named.map(({ delaySeconds }) => delaySeconds))),
  ]);
}

const SHORT_DELAY_SECONDS = 27;

/** RetryInfo as recorded: right for requests, short of the truth for tokens, and useless for a spent day. */
function statedDelaySeconds(dimension: QuotaDimension, waitSeconds: number): number {
  switch (dimension) {
    case 'rpm':
      return Math.max(1, Math.ceil(waitSeconds));
    case 'tpm':
      return Math.max(1, Math.ceil(waitSeconds / 3));
    case 'rpd':
      return SHORT_DELAY_SECONDS;
  }
}

function qualified(metric: string): string {
  return `generativelanguage.googleapis.com/${metric}`;
}
