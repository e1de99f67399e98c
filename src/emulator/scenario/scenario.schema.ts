import { z } from 'zod';
import { answerShapeSchema } from '../faults/answer-shape.js';
import { faultSchema } from '../faults/fault.schema.js';
import { KEY_STATES } from '../world/key-state.js';

const id = z.string().min(1);

/** Limits of one model (or model pattern) in one project; an absent one is no limit, 0 is "not on this tier". */
const quotaSchema = z.strictObject({
  rpm: z.int().nonnegative().optional(),
  /** Input tokens per minute. */
  tpm: z.int().nonnegative().optional(),
  rpd: z.int().nonnegative().optional(),
});

/** By model pattern (`*` stands for anything); the first that fits counts. */
const quotasSchema = z.record(z.string(), quotaSchema);

const projectSchema = z.strictObject({
  id,
  /** Google's project number, as error texts show it. */
  number: z.string().regex(/^\d+$/, 'must be digits').optional(),
  tier: z.enum(['free', 'tier_1', 'tier_2', 'tier_3']).default('free'),
  state: z.enum(KEY_STATES).default('ok'),
  quotas: quotasSchema.optional(),
});

const keySchema = z.strictObject({
  id,
  key: z.string().min(1),
  /** Without it the key has a project of its own. */
  project: id.optional(),
  state: z.enum(KEY_STATES).default('ok'),
});

const modelSchema = z.strictObject({
  name: z.string().regex(/^[^/\s]+$/, 'must be a name without "models/"'),
  /** The model that really answers. */
  served_by: z.string().optional(),
  methods: z
    .array(z.string())
    .default(['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent']),
});

export const scenarioSchema = z
  .strictObject({
    /** Any key is accepted and is a project of its own; default: only while no keys are listed. */
    open: z.boolean().optional(),
    seed: z.int().default(1),
    /** For projects without quotas of their own. */
    quotas: quotasSchema.default({}),
    projects: z.array(projectSchema).default([]),
    keys: z.array(keySchema).default([]),
    /** Models beside the built-in ones. */
    models: z.array(modelSchema).default([]),
    answer: answerShapeSchema.default({}),
    faults: z.array(faultSchema).default([]),
    /** Downloads answer 302 to another path of this host. */
    redirect_downloads: z.boolean().default(false),
    /** Batches, videos and imports are done at the nth look. */
    polls_until_done: z.int().positive().default(2),
    /** Larger bodies outside uploads are refused. */
    max_body_bytes: z.int().positive().default(115_343_360),
    /** Smallest size of an explicit cache. */
    min_cache_tokens: z.int().nonnegative().default(0),
    /** Prompts from this size on hit the implicit cache. */
    min_implicit_cache_tokens: z.int().positive().default(4096),
    /** Answers are gzipped for callers that accept it. */
    gzip: z.boolean().default(false),
  })
  .superRefine((scenario, context) => {
    const projects = new Set(scenario.projects.map((project) => project.id));
    scenario.keys.forEach(({ project }, index) => {
      if (project === undefined || projects.has(project)) return;
      context.addIssue({
        code: 'custom',
        path: ['keys', index, 'project'],
        message: `no project is called "${project}"`,
      });
    });
    for (const [list, field] of [
      ['projects', 'id'],
      ['keys', 'id'],
      ['keys', 'key'],
    ] as const) {
      const values = (scenario[list] as readonly Readonly<Record<string, unknown>>[]).map((entry) => entry[field]);
      values.forEach((value, index) => {
        if (values.indexOf(value) === index) return;
        // The value may be a key, so it is not repeated here.
        context.addIssue({ code: 'custom', path: [list, index, field], message: 'is used twice' });
      });
    }
  });

/** A scenario as written; everything is optional. */
export type Scenario = z.input<typeof scenarioSchema>;
/** A scenario with every default filled in. */
export type CheckedScenario = z.output<typeof scenarioSchema>;
export type Quotas = z.output<typeof quotasSchema>;
export type Quota = z.output<typeof quotaSchema>;
export type Tier = z.output<typeof projectSchema>['tier'];
