import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigStore } from '../config/config.store.js';

const MIB = 1024 ** 2;
const DEGRADED_BYTES = 1024 * MIB;
const DOWN_BYTES = 64 * MIB;

/** What `bytes` of free space on the disk of data or audit log mean. */
export function judgeFreeSpace(bytes: number): 'up' | 'degraded' | 'down' {
  if (bytes < DOWN_BYTES) return 'down';
  return bytes < DEGRADED_BYTES ? 'degraded' : 'up';
}

/** Free space where the data folder and the audit log lie; the fuller disk of the two decides. */
@Injectable()
export class DiskIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly config: ConfigStore,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const { persistence, audit } = this.config.current;
    const free = await Promise.all([persistence.data_dir, dirname(audit.file)].map((path) => freeBytes(resolve(path))));
    const least = Math.min(...free);
    const session = this.indicators.check('disk');
    const detail = { free_mib: Math.floor(least / MIB) };
    switch (judgeFreeSpace(least)) {
      case 'up':
        return session.up(detail);
      case 'degraded':
        return session.degraded(detail);
      case 'down':
        return session.down(detail);
    }
  }
}

/** Of the nearest folder that exists: neither need have been made yet. */
async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    return freeBytes(parent);
  }
}
