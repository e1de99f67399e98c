import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigStore } from '../../config/config.store.js';
import { KeyOverridesStore } from '../keys/key-overrides.js';
import { CurrentKeys } from './current-keys.js';
import { type KeyRemark, reviewKeys } from './key-strength.js';

/** Reviews the keys at start and after every change, and logs each remark once. */
@Injectable()
export class KeyReview implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Keys');
  private logged: ReadonlySet<string> = new Set();
  private unsubscribe: readonly (() => void)[] = [];

  constructor(
    private readonly config: ConfigStore,
    private readonly overrides: KeyOverridesStore,
    private readonly keys: CurrentKeys,
  ) {}

  onModuleInit(): void {
    const review = (): void => {
      this.logNew();
    };
    this.unsubscribe = [this.config.onChange(review), this.overrides.onChange(review)];
    review();
  }

  onModuleDestroy(): void {
    for (const leave of this.unsubscribe) leave();
  }

  /** What is to be said of the keys as they are now. */
  remarks(): readonly KeyRemark[] {
    return reviewKeys(this.keys.all());
  }

  /** A remark that went away and came back is news again. */
  private logNew(): void {
    const remarks = new Map(this.remarks().map((remark) => [`${remark.keyId} ${remark.code} ${remark.text}`, remark]));
    for (const [mark, remark] of remarks) {
      if (!this.logged.has(mark)) this.write(remark);
    }
    this.logged = new Set(remarks.keys());
  }

  private write({ keyId, code, level, text }: KeyRemark): void {
    const entry = { keyId, code };
    if (level === 'advice') this.log.log(entry, `Key ${keyId} ${text}.`);
    else this.log.warn(entry, `Key ${keyId} ${text}.`);
  }
}
