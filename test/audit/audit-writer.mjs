// Appends audit lines without end, and prints how many are safe; made to be killed. Arguments: the folder to write in.
import 'reflect-metadata';
import '../support/typescript-hooks.mjs';
import { join } from 'node:path';

const { AuditLog } = await import('../../src/audit/audit-log.ts');
const { AuditStoreOpener } = await import('../../src/audit/audit-store.ts');
const { ConfigStore } = await import('../../src/config/config.store.ts');
const { proxyConfigSchema } = await import('../../src/config/schema.ts');
const { SystemClock } = await import('../../src/kernel/clock.ts');
const { Secret } = await import('../../src/kernel/secret.ts');
const { MasterKey } = await import('../../src/vault/master-key.ts');
const { Vault } = await import('../../src/vault/vault.ts');

const folder = process.argv[2];
const config = new ConfigStore(
  proxyConfigSchema.parse({
    audit: { file: join(folder, 'logs', 'audit.log'), flush: '5ms' },
    persistence: { data_dir: join(folder, 'data') },
  }),
);
const vault = new Vault(MasterKey.parse(new Secret('ab'.repeat(32))));
const away = () => Promise.reject(new Error('The database is away.'));
const clock = new SystemClock();
const log = new AuditLog(config, clock, new AuditStoreOpener(config, vault, { find: away, save: away }, clock));
await log.onModuleInit();

const event = {
  type: 'SystemEvent',
  sourceIp: '',
  result: 'Success',
  durationMs: 0,
  details: { note: 'x'.repeat(500) },
};
for (let appended = 0; ;) {
  for (let burst = 0; burst < 200; burst += 1) log.append({ ...event, action: `${process.pid} ${appended++}` });
  await log.flush();
  process.stdout.write(`${appended}\n`);
  // Left to the tick, so that a kill falls into its writes too.
  for (let burst = 0; burst < 200; burst += 1) log.append({ ...event, action: `${process.pid} ${appended++}` });
  await new Promise((resolve) => setTimeout(resolve, 7));
}
