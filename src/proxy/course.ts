import type { ProxyConfig } from '../config/schema.js';
import type { Lane, Place, Wish } from '../balancer/lease.js';
import { inputSize } from '../kernel/gemini/input-size.js';
import { promptWarmth } from '../kernel/gemini/prompt-warmth.js';
import type { Exchange } from './exchange.js';

/** Methods whose quota is that of batch jobs, not the model's own (wire facts E). */
const BATCH_METHODS: ReadonlySet<string | undefined> = new Set(['batchGenerateContent', 'asyncBatchEmbedContent']);

const CACHE_FIELDS = ['cachedContent', 'cached_content'] as const;

/** Where a call stands in its attempts: the models that may serve it, and what was tried with the present one. */
export class Course {
  /** Keys that are out for the present model. */
  readonly tried = new Set<string>();
  /** Attempts with the present model that counted against `retry.max_attempts`. */
  counted = 0;
  private at = 0;

  /** The first wish is what was asked for; the others are its fallbacks, in order. */
  constructor(private readonly wishes: readonly [Wish, ...Wish[]]) {}

  static of(exchange: Exchange, { gemini }: ProxyConfig): Course {
    const { model: asked, boundModel } = exchange;
    const model = boundModel ?? (asked === undefined ? undefined : (named(gemini.aliases, asked) ?? asked));
    const wish = wishOf(exchange, model);
    return new Course([
      wish,
      ...fallbacksOf(exchange, model, gemini.fallbacks).map((name) => ({ ...wish, model: name })),
    ]);
  }

  get wish(): Wish {
    return this.wishes[this.at] ?? this.wishes[0];
  }

  get all(): readonly Wish[] {
    return this.wishes;
  }

  get hasFallback(): boolean {
    return this.at + 1 < this.wishes.length;
  }

  /** Goes on to the next model, with which every key may be tried again. */
  fallBack(): void {
    this.goTo(this.at + 1);
  }

  /** Goes on with one of its wishes. */
  resume(wish: Wish): void {
    this.goTo(this.wishes.indexOf(wish));
  }

  private goTo(index: number): void {
    if (index !== this.at) this.counted = 0;
    this.at = index;
    this.tried.clear();
  }
}

function wishOf(exchange: Exchange, model: string | undefined): Wish {
  const { body, principal, sourceIp } = exchange;
  const [lane, place] = [laneOf(exchange), placeOf(exchange)];
  const prompt = lane === 'metered' ? body : undefined;
  const caller = principal?.id ?? sourceIp;
  return { caller, model, lane, place, input: inputSize(prompt), warmth: place ? undefined : promptWarmth(prompt) };
}

/** What may serve instead of a model, by the name that was asked for or the one that it stands for. */
function fallbacksOf(
  exchange: Exchange,
  model: string | undefined,
  fallbacks: ProxyConfig['gemini']['fallbacks'],
): readonly string[] {
  if (model === undefined || isBoundToModel(exchange)) return [];
  return named(fallbacks, exchange.model ?? model) ?? named(fallbacks, model) ?? [];
}

/** An entry of a table by a name that a caller chose: what every object inherits is none. */
function named<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** An upload ends on the key with which it began. */
function placeOf({ place, arrival: { uploadSession } }: Exchange): Place | undefined {
  return uploadSession ? { kind: 'key', key: uploadSession.key } : place;
}

function laneOf({ route }: Exchange): Lane {
  if (!route.traits.billable) return 'free';
  return BATCH_METHODS.has(route.method) ? 'batch' : 'metered';
}

/** A cache belongs to the model that it was made with (wire facts H); only billed calls consume a model at all. */
function isBoundToModel({ route, body, boundModel }: Exchange): boolean {
  return (
    boundModel !== undefined || !route.traits.billable || CACHE_FIELDS.some((field) => body?.includes(field) === true)
  );
}
