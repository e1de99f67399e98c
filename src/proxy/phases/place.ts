import { Injectable } from '@nestjs/common';
import { OwnerRegistry } from '../../balancer/affinity/owner-registry.js';
import { type Named, type Placement, placementOf } from '../../balancer/affinity/placement.js';
import { Tenancy } from '../../balancer/affinity/tenancy.js';
import type { Place } from '../../balancer/lease.js';
import { ConfigStore } from '../../config/config.store.js';
import { Fault } from '../../kernel/errors/fault.js';
import { type FileAddresses, upstreamUri } from '../../kernel/gemini/file-uris.js';
import { edited, type JsonEdit } from '../../kernel/gemini/json-edits.js';
import { isReference, type Reference, referencesIn } from '../../kernel/gemini/references.js';
import type { Principal } from '../../kernel/principal.js';
import type { Exchange } from '../exchange.js';
import { fileAddresses } from '../file-addresses.js';

/** A prompt takes 3,600 images at most (wire facts F.4). */
const NAMES_MAX = 4_096;

/** Names that are looked up at the same time; a share of the database's connections. */
const LOOKUPS_AT_ONCE = 8;

const IN_QUERY = 'A query parameter names a resource. Send it in the body.';

/** Short enough for the reason of a close frame. */
const OTHER_PROJECT = 'The message names what lies in another Google project than the session. Upload it again.';

/** Forms of a body, beside JSON in UTF-8, that Google may read and that are not looked into here. */
const UNREADABLE = /protobuf|grpc|urlencoded|charset\s*=\s*["']?\s*(?!utf-?8\b|us-ascii\b|iso-8859-1\b)\w/i;

/** Where an answer must be JSON, for what it tells of resources. */
const READABLE_ALT: ReadonlySet<string | undefined> = new Set([undefined, '', 'json', 'sse', 'media']);

/**
 * Finds the project that a call belongs to: what a project owns no other one can see, and what a client owns no other
 * client may touch. Tells upstream of files by upstream's own addresses.
 */
@Injectable()
export class Places {
  constructor(
    private readonly owners: OwnerRegistry,
    private readonly tenancy: Tenancy,
    private readonly config: ConfigStore,
  ) {}

  /**
   * Sets where the call must go, if it matters.
   * @throws Fault resource_not_found, owners_conflict, scope_missing, ownership_unavailable, references_too_many,
   * media_type_unsupported, parameter_refused, body_not_json
   */
  async place(exchange: Exchange): Promise<void> {
    const caller = callerOf(exchange);
    const { subject } = exchange.route;
    this.tenancy.see(caller.id);
    // The session of an upload knows its key.
    if (exchange.arrival.uploadSession) return;
    if (subject.kind === 'project_wide' && !this.tenancy.mayUseProject(caller)) throw new Fault('scope_missing');
    if (subject.kind !== 'none' && !READABLE_ALT.has(exchange.arrival.query.alt)) throw new Fault('parameter_refused');
    this.refuseReferencesInQuery(exchange);
    exchange.body = await this.placeBody(exchange, exchange.body);
    if (subject.kind === 'project_wide') exchange.place = this.home;
  }

  /** The same for a message that stands for the body; resolves with the form of it that goes upstream. */
  async placeBody(exchange: Exchange, body: Buffer | undefined): Promise<Buffer | undefined> {
    const { subject } = exchange.route;
    const addresses = fileAddresses(exchange, this.config.current);
    const references = referencesOf(exchange, body, addresses);
    const ofPath = subject.kind === 'resource' ? [{ resource: subject.resource, isCertain: true }] : [];
    if (references.length === 0 && ofPath.length === 0) return body;
    const placement = await this.placement([...ofPath, ...references], callerOf(exchange));
    exchange.claims = { owner: placement.owner, unowned: placement.unowned };
    if (placement.project !== undefined) exchange.place = { kind: 'project', project: placement.project };
    exchange.seeksOwner = placement.project === undefined && placement.unowned.length > 0;
    return body && edited(body, editsOf(references, placement, addresses));
  }

  /**
   * A later message of a call whose project is settled: what it names must be there. Resolves with the form of it that
   * goes upstream; undefined, at once, when it names nothing. @throws Fault like `place`
   */
  placeLater(exchange: Exchange, project: string, message: Buffer): Promise<Buffer> | undefined {
    const addresses = fileAddresses(exchange, this.config.current);
    const references = referencesOf(exchange, message, addresses);
    if (references.length === 0) return undefined;
    return this.placement(references, callerOf(exchange)).then((placement) => {
      if (placement.project !== undefined && placement.project !== project) {
        throw new Fault('owners_conflict', { detail: OTHER_PROJECT });
      }
      return edited(message, editsOf(references, placement, addresses));
    });
  }

  /** Google may take fields of a request from its query as well, where they are not looked for. */
  private refuseReferencesInQuery(exchange: Exchange): void {
    const { upstream } = exchange.arrival.query;
    if (upstream === '') return;
    const addresses = fileAddresses(exchange, this.config.current);
    for (const [name, value] of new URLSearchParams(upstream)) {
      if (isReference(name, value, addresses)) throw new Fault('parameter_refused', { detail: IN_QUERY });
    }
  }

  /** Where things of the whole project are, so that those who make and those who read them agree. */
  private get home(): Place | undefined {
    const [first] = this.config.current.gemini.api_keys;
    return first && { kind: 'project', project: first.project };
  }

  private async placement(mentioned: readonly Omit<Named, 'owners'>[], caller: Principal): Promise<Placement> {
    const byName = new Map<string, Omit<Named, 'owners'>>();
    for (const mention of mentioned) {
      const { name } = mention.resource;
      if (mention.isCertain || !byName.has(name)) byName.set(name, mention);
    }
    if (byName.size > NAMES_MAX) throw new Fault('references_too_many');
    return placementOf(await this.withOwners([...byName.values()], caller.id), {
      client: caller.id,
      isAdmin: this.tenancy.isAdmin(caller),
      mayUseUnowned: this.tenancy.mayUseUnowned(caller),
    });
  }

  private async withOwners(mentioned: readonly Omit<Named, 'owners'>[], client: string): Promise<Named[]> {
    const named: Named[] = [];
    for (let from = 0; from < mentioned.length; from += LOOKUPS_AT_ONCE) {
      const some = mentioned.slice(from, from + LOOKUPS_AT_ONCE);
      const owners = await Promise.all(some.map(({ resource }) => this.owners.find(resource.name, client)));
      named.push(...some.map((mention, index) => ({ ...mention, owners: owners[index] ?? [] })));
    }
    return named;
  }
}

function callerOf({ principal }: Exchange): Principal {
  if (!principal) throw new Error('a call is placed for nobody');
  return principal;
}

function referencesOf(exchange: Exchange, body: Buffer | undefined, addresses: FileAddresses): readonly Reference[] {
  if (!body || body.length === 0) return [];
  if (isForm(exchange)) return [];
  const references = referencesIn(body, addresses);
  if (references === 'too_many') throw new Fault('references_too_many');
  if (references !== 'too_deep') return references;
  throw new Fault('body_not_json', { detail: 'The body is nested deeper than the Gemini API reads. Send it flatter.' });
}

/**
 * Whether the body is a form: those of the OpenAI routes hold the bytes of what is made, and no references.
 * @throws Fault media_type_unsupported for what cannot be looked into, or is said to be two things
 */
function isForm({ arrival: { request }, route: { surface, subject } }: Exchange): boolean {
  const [type = '', second] = request.headersDistinct['content-type'] ?? [];
  const isMultipart = /^\s*multipart\//i.test(type);
  const mayBeForm = surface === 'openai' && subject.kind === 'creation';
  if (second !== undefined || UNREADABLE.test(type) || (isMultipart && !mayBeForm)) {
    throw new Fault('media_type_unsupported');
  }
  return isMultipart;
}

function editsOf(references: readonly Reference[], placement: Placement, addresses: FileAddresses): JsonEdit[] {
  return references.flatMap(({ uri, resource, isCertain, start, end }) => {
    const isOurs = isCertain || placement.owned.has(resource.name);
    return uri && isOurs ? [{ start, end, value: upstreamUri(uri, addresses) }] : [];
  });
}
