import { GoogleGenAI } from '@google/genai';
import { keyText, ProxyHarness, type ProxyOptions } from '../support/proxy.harness.js';
import { type FileJson, json, type Tenant } from './ownership.fixtures.js';

export interface FilesPage {
  readonly files?: FileJson[];
  readonly nextPageToken?: string;
}

/** Projects of the tests on lists; each has one key of its name. */
export const PROJECTS = ['x', 'y', 'z'];
export const INVALID = '400 page_token_invalid';

export async function withProxy(options: ProxyOptions, use: (proxy: ProxyHarness) => Promise<void>): Promise<void> {
  const proxy = await ProxyHarness.start({ keys: PROJECTS, ...options });
  try {
    await use(proxy);
  } finally {
    await proxy.stop();
  }
}

export async function sdk(proxy: ProxyHarness, client: string, scopes?: readonly string[]): Promise<GoogleGenAI> {
  return new GoogleGenAI({ apiKey: await proxy.tokenFor(client, scopes), httpOptions: { baseUrl: proxy.url } });
}

/** Makes an empty file at one project, behind the proxy's back. */
export async function makeAt(proxy: ProxyHarness, project: string, name: string): Promise<FileJson> {
  const url = `${proxy.emulator.url}/v1beta/files?key=${keyText(project)}`;
  const { file } = await json<{ file: FileJson }>(
    fetch(url, { method: 'POST', body: JSON.stringify({ file: { name } }) }),
  );
  return file;
}

/** Makes empty files; projects take turns. Resolves with their names, sorted. */
export async function makeFiles(tenant: Tenant, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let made = 0; made < count; made += 1) {
    names.push((await json<{ file: FileJson }>(tenant.post('/v1beta/files', { file: {} }))).file.name);
  }
  return names.toSorted();
}

/** Tells at each call how many reads upstream has seen since the last one. */
export function readCounter(proxy: ProxyHarness): () => number {
  const total = (): number => proxy.emulator.requests.filter(({ method }) => method === 'GET').length;
  let before = total();
  return () => {
    const since = total() - before;
    before += since;
    return since;
  };
}

export const page = (tenant: Tenant, query = ''): Promise<FilesPage> => json(tenant.fetch(`/v1beta/files${query}`));
export const namesOf = ({ files = [] }: FilesPage): string[] => files.map(({ name }) => name);
