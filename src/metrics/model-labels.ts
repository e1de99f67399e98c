import { Injectable } from '@nestjs/common';

import { ConfigStore } from '../config/config.store.js';
import type { ProxyConfig } from '../config/schema.js';
import type { SettledExchange } from '../kernel/settled-exchange.js';
import { OTHER } from './label-values.js';

const MODELS_MAX = 200;

type LabelledExchange = Pick<SettledExchange, 'status' | 'model' | 'routedModel' | 'servedModel'>;

/**
 * Keeps the `model` label bounded: a name counts when the configuration has it or upstream served it, and at most 200
 * do. Callers can ask for any name, so what they ask for alone is `other`.
 */
@Injectable()
export class ModelLabels {
  private known: Set<string>;

  constructor(config: ConfigStore) {
    this.known = limited(configuredModels(config.current));
    config.onChange((next) => {
      this.known = limited([...this.known, ...configuredModels(next)]);
    });
  }

  /** The label of an exchange: the model that upstream says it served, else the one that upstream was asked
   * for, when it is known. */
  of({ status, model, routedModel, servedModel }: LabelledExchange): string {
    const served = status >= 200 && status < 300 && servedModel !== undefined;
    return served ? this.confirm(plainName(servedModel)) : this.knownOrOther(routedModel ?? model);
  }

  /** Whether a name is configured, or was served: only such names become labels. */
  isKnown(model: string): boolean {
    return this.known.has(plainName(model));
  }

  private confirm(name: string): string {
    if (this.known.size < MODELS_MAX) this.known.add(name);
    return this.knownOrOther(name);
  }

  private knownOrOther(model: string | undefined): string {
    const name = model === undefined ? undefined : plainName(model);
    return name !== undefined && this.known.has(name) ? name : OTHER;
  }
}

function plainName(model: string): string {
  return model.startsWith('models/') ? model.slice('models/'.length) : model;
}

function limited(names: readonly string[]): Set<string> {
  return new Set(names.map(plainName).slice(0, MODELS_MAX));
}

/** Names that the configuration spells out; patterns name no model. */
function configuredModels({ gemini }: ProxyConfig): readonly string[] {
  const names = [
    ...Object.entries(gemini.aliases).flat(),
    ...Object.entries(gemini.fallbacks).flat(2),
    ...gemini.api_keys.flatMap((key) => key.models),
    ...Object.values(gemini.tiers).flatMap((tier) => Object.keys(tier)),
  ];
  return [...new Set(names)].filter((name) => !name.includes('*'));
}
