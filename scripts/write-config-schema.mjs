// Writes config/proxy.schema.json, which editors read for completion and checks, from the schema in src/config.
import '../test/support/typescript-hooks.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { configJsonSchemaText } = await import('../src/config/json-schema.ts');
writeFileSync(join(import.meta.dirname, '../config/proxy.schema.json'), configJsonSchemaText());
console.log('config/proxy.schema.json written');
