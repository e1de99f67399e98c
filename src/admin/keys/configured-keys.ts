import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import type { ConfigDocument, DocumentValue } from '../../config/document/config-document.js';
import { mergePatch } from '../../config/document/merge-patch.js';
import { formatPath } from '../../config/option-path.js';
import type { OptionViolation } from '../../config/option-violation.js';
import { Fault, type Violation } from '../../kernel/errors/fault.js';
import { entryId, keyEntries, obstacleTo, withKeyEntries } from '../../settings/key-entries.js';
import { SettingsService } from '../../settings/settings.service.js';

const ADVICE = 'list the keys one by one under gemini.api_keys';

type Entries = readonly DocumentValue[];

interface Edited {
  readonly entries: Entries;
  /** The index of the entry that is spoken of. */
  readonly place: number;
}

/**
 * The keys as the configuration has them: each change is a version of it. Throws the Fault `validation_failed` with the
 * path of every mistake, and `key_unknown`; then nothing has changed.
 */
@Injectable()
export class ConfiguredKeys {
  constructor(
    private readonly settings: SettingsService,
    private readonly config: ConfigStore,
  ) {}

  /** Adds a key behind the others; resolves with its id. */
  async add(entry: ConfigDocument, actor: string): Promise<string> {
    const id = entryId(entry) ?? '';
    await this.amend(actor, `key ${id} added`, (entries) => {
      if (entries.length === 0 && this.ids().length > 0) {
        const message = `would be the only key left, since GEMINI_API_KEY counts only without a list: ${ADVICE} first`;
        throw new Fault('validation_failed', { violations: [{ path: 'id', message }] });
      }
      return { entries: [...entries, entry], place: entries.length };
    });
    return id;
  }

  /** Merges a JSON merge patch into the entry of a key. */
  change(id: string, patch: ConfigDocument, actor: string): Promise<void> {
    return this.amend(actor, `key ${id}: ${Object.keys(patch).join(', ')}`, (entries) => {
      const place = this.placeOf(id, entries);
      return { entries: entries.map((entry, index) => (index === place ? mergePatch(entry, patch) : entry)), place };
    });
  }

  remove(id: string, actor: string): Promise<void> {
    return this.amend(actor, `key ${id} removed`, (entries) => {
      const place = this.placeOf(id, entries);
      return { entries: entries.filter((_, index) => index !== place), place: -1 };
    });
  }

  private async amend(actor: string, summary: string, edit: (entries: Entries) => Edited): Promise<void> {
    let place = -1;
    const inDocument = (document: ConfigDocument): ConfigDocument => {
      const edited = edit(keyEntries(document));
      place = edited.place;
      return withKeyEntries(document, edited.entries);
    };
    const proposal = await this.settings.amend(inDocument, { actor, source: 'api', summary });
    if (proposal.ok) return;
    throw new Fault('validation_failed', { violations: proposal.violations.map((found) => asSent(found, place)) });
  }

  private placeOf(id: string, entries: Entries): number {
    const ids = this.ids();
    if (!ids.includes(id)) throw new Fault('key_unknown');
    const obstacle = obstacleTo(id, entries, ids);
    if (obstacle === undefined) return entries.findIndex((entry) => entryId(entry) === id);
    throw new Fault('validation_failed', { violations: [{ path: 'id', message: `${obstacle}: ${ADVICE}` }] });
  }

  private ids(): readonly string[] {
    return this.config.current.gemini.api_keys.map(({ id }) => id);
  }
}

/** Mistakes in the entry that was sent are named by their path in the body. */
function asSent({ steps, path, message }: OptionViolation, place: number): Violation {
  const [section, option, index, ...inEntry] = steps;
  const isOfEntry = section === 'gemini' && option === 'api_keys' && index === place;
  return { path: isOfEntry ? formatPath(inEntry) : path, message };
}
