import type { GeminiKeyConfig, ProxyConfig } from '../../config/schema.js';
import type { StrategyName } from '../strategies/strategy.js';
import { projectCapacities } from './project-capacity.js';

type GeminiOptions = ProxyConfig['gemini'];
type Weights = ReadonlyMap<string, number>;

/** A preset that comes with the proxy. Its weights follow the configuration. */
export interface BuiltInPreset {
  readonly name: string;
  /** One sentence that says what it does. */
  readonly description: string;
  readonly strategy: StrategyName;
  readonly weigh: (gemini: GeminiOptions) => Weights;
}

/** Weight of the key with the largest share; fine enough for any proportion between keys. */
const LARGEST = 10_000;

/** The two levels of `cost_saver`. */
const FIRST = 100;
const AFTERWARDS = 10;

/**
 * The presets that come with the proxy. A key that the configuration gives weight 0 keeps it, except in `failover`,
 * where it stands last anyway. Standby keys have the weight that they serve with once they step in.
 */
export const BUILT_IN_PRESETS: readonly BuiltInPreset[] = [
  {
    name: 'balanced',
    description: 'Every project gets an equal share of the calls, divided evenly among its keys.',
    strategy: 'weighted_round_robin',
    weigh: equalShares,
  },
  {
    name: 'high_performance',
    description:
      'Projects get calls in proportion to their known quota, and of the keys at hand the quicker and less loaded one serves.',
    strategy: 'adaptive',
    weigh: sharesByCapacity,
  },
  {
    name: 'cost_saver',
    description: 'Keys of free projects are used up first; paid ones serve only while no free one has room.',
    strategy: 'priority',
    weigh: costLevels,
  },
  {
    name: 'failover',
    description:
      'The key with the largest configured weight serves alone; the others stand behind it in order and step in while those before them rest or have no room.',
    strategy: 'priority',
    weigh: line,
  },
];

/** The built-in preset of that name. */
export function builtInPreset(name: string): BuiltInPreset | undefined {
  return BUILT_IN_PRESETS.find((preset) => preset.name === name);
}

function equalShares({ api_keys: keys }: GeminiOptions): Weights {
  return shares(keys, () => 1);
}

function sharesByCapacity(gemini: GeminiOptions): Weights {
  const capacities = projectCapacities(gemini);
  return shares(gemini.api_keys, ({ project }) => capacities.get(project) ?? 1);
}

/** Weights in proportion to what each key's project is worth, divided among the keys of the project that serve. */
function shares(keys: readonly GeminiKeyConfig[], worthOf: (key: GeminiKeyConfig) => number): Weights {
  const isReserve = reserveOf(keys);
  const peers = new Map<string, number>();
  for (const key of keys) {
    if (key.enabled && !key.standby && !isReserve(key)) peers.set(key.project, (peers.get(key.project) ?? 0) + 1);
  }
  const portions = keys.map((key) => (isReserve(key) ? 0 : worthOf(key) / (peers.get(key.project) ?? 1)));
  const largest = Math.max(...portions);
  const weightOf = (portion: number): number =>
    portion > 0 ? Math.max(1, Math.round((portion / largest) * LARGEST)) : 0;
  return new Map(keys.map(({ id }, index) => [id, weightOf(portions[index] ?? 0)]));
}

function costLevels({ api_keys: keys }: GeminiOptions): Weights {
  const isReserve = reserveOf(keys);
  const free = freeProjects(keys);
  const levelOf = ({ project }: GeminiKeyConfig): number => (free.has(project) ? FIRST : AFTERWARDS);
  return new Map(keys.map((key) => [key.id, isReserve(key) ? 0 : levelOf(key)]));
}

function line({ api_keys: keys }: GeminiOptions): Weights {
  const ordered = [...keys].sort((a, b) => b.weight - a.weight);
  return new Map(ordered.map(({ id }, index) => [id, ordered.length - index]));
}

/** Projects whose tier says so, and those without a tier and a billing account while another one has an account. */
function freeProjects(keys: readonly GeminiKeyConfig[]): ReadonlySet<string> {
  const someArePaid = keys.some((key) => key.billing_account !== undefined);
  const isFree = (project: string): boolean => {
    const own = keys.filter((key) => key.project === project);
    const tier = own.find((key) => key.tier !== undefined)?.tier;
    if (tier !== undefined) return /free/i.test(tier);
    return someArePaid && own.every((key) => key.billing_account === undefined);
  };
  return new Set(keys.map(({ project }) => project).filter(isFree));
}

/** Which keys are kept for the time when no other can be had: those of weight 0, unless all are. */
function reserveOf(keys: readonly GeminiKeyConfig[]): (key: GeminiKeyConfig) => boolean {
  const someServe = keys.some((key) => key.weight > 0);
  return (key) => someServe && key.weight === 0;
}
