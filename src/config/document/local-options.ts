import { changeAt, stepsOf, valueAt, withValueAt } from '../option-path.js';
import type { ConfigDocument } from './config-document.js';

/** Options that belong to one replica: they come from its file and environment, and no version holds them. */
export const LOCAL_OPTIONS = [
  'server.host',
  'server.port',
  'server.tls.cert_file',
  'server.tls.key_file',
  'server.tls.http_port',
  'gemini.egress.ca_file',
  'gemini.rotation.provider.service_account_file',
  'metrics.host',
  'metrics.prometheus_port',
  'security.environment',
  'security.master_key',
  'audit.file',
  'persistence',
  'redis',
  'logging',
] as const;

/** What of a document is the same on every replica. */
export function withoutLocalOptions(document: ConfigDocument): ConfigDocument {
  return LOCAL_OPTIONS.reduce<unknown>(
    (rest, option) => changeAt(rest, option, () => undefined),
    document,
  ) as ConfigDocument;
}

/** The document with the local options of `own`, and none of its own. */
export function withLocalOptionsOf(own: ConfigDocument, document: ConfigDocument): ConfigDocument {
  return LOCAL_OPTIONS.reduce<unknown>((merged, option) => {
    const value = valueAt(own, stepsOf(option));
    return value === undefined ? merged : withValueAt(merged, stepsOf(option), value);
  }, withoutLocalOptions(document)) as ConfigDocument;
}
