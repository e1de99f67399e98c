import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { KeyAgeEntity } from '../entities/key-age.entity.js';

/** Since when a key has had a secret, which is known by its fingerprint alone. */
export interface KeyAge {
  readonly keyId: string;
  readonly fingerprint: string;
  readonly firstSeenMs: number;
}

/** Rows are written in the order of their key, so that replicas that write at once cannot lock each other out. */
const SEEN = `
  INSERT INTO key_age (key_id, fingerprint, first_seen_at)
  SELECT "keyId", fingerprint, to_timestamp("firstSeenMs" / 1000)
  FROM json_to_recordset($1::json) AS given("keyId" text, fingerprint text, "firstSeenMs" numeric)
  ORDER BY "keyId", fingerprint, "firstSeenMs"
  ON CONFLICT DO NOTHING`;

/** How old each secret of each key is. */
@Injectable()
export class KeyAgeRepository {
  constructor(@InjectRepository(KeyAgeEntity) private readonly rows: Repository<KeyAgeEntity>) {}

  /** Notes secrets that were not known; the time of one that was known stands. */
  async seen(ages: readonly KeyAge[]): Promise<void> {
    if (ages.length > 0) await this.rows.query(SEEN, [JSON.stringify(ages)]);
  }

  /** Every secret ever seen, by key, the oldest first. */
  all(): Promise<KeyAge[]> {
    return this.rows.find({ order: { keyId: 'ASC', firstSeenMs: 'ASC', fingerprint: 'ASC' } });
  }
}
