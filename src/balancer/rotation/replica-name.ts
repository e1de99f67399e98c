import { Injectable } from '@nestjs/common';
import { resolve } from 'node:path';
import { loadReplicaId } from '../../audit/replica-id.js';
import { ConfigStore } from '../../config/config.store.js';

/** The name under which this replica claims work: that of its audit log, which outlives a restart. */
@Injectable()
export class ReplicaName {
  private name: Promise<string> | undefined;

  constructor(private readonly config: ConfigStore) {}

  get(): Promise<string> {
    this.name ??= loadReplicaId(resolve(this.config.current.persistence.data_dir));
    return this.name;
  }
}
