import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { newId } from '../kernel/ids.js';
import { errorCode } from '../kernel/error-code.js';

const REPLICA_ID = /^[\w-]{8,64}$/;

/**
 * The id under which this replica signs its chain: made once, kept as `replica-id` in the data folder. Throws when the
 * folder cannot be written or the file holds something else.
 */
export async function loadReplicaId(dataFolder: string): Promise<string> {
  await mkdir(dataFolder, { recursive: true, mode: 0o711 });
  const path = join(dataFolder, 'replica-id');
  try {
    await writeFile(path, `${newId()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const id = (await readFile(path, 'utf8')).trim();
  if (!REPLICA_ID.test(id)) throw new Error(`${path} does not hold a replica id. Remove the file to have one made.`);
  return id;
}
