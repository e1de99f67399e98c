import { describe, expect, it, jest } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { ConfigModule } from '../../src/config/config.module.js';
import { ConfigStore, type ConfigListener } from '../../src/config/config.store.js';
import { loaded, withKey } from './config.harness.js';

describe('the configuration in force', () => {
  const first = loaded(withKey('server: { port: 1 }\n')).config;
  const second = loaded(withKey('server: { port: 2 }\n')).config;

  it('is what every module gets', async () => {
    const store = new ConfigStore(first);
    const app = await Test.createTestingModule({ imports: [ConfigModule.forRoot(store)] }).compile();
    expect(app.get(ConfigStore)).toBe(store);
  });

  it('is replaced before listeners hear of it, with the previous one', () => {
    const store = new ConfigStore(first);
    const seen: unknown[] = [];
    store.onChange((next, previous) => seen.push([store.current, next, previous]));
    store.replace(second);
    expect(seen).toEqual([[second, second, first]]);
  });

  it('is told to a listener until that one leaves', () => {
    const store = new ConfigStore(first);
    const listener = jest.fn<ConfigListener>();
    const leave = store.onChange(listener);
    leave();
    store.replace(second);
    expect(listener).not.toHaveBeenCalled();
  });

  it('reaches the other listeners when one fails, and the failure is not lost', () => {
    const store = new ConfigStore(first);
    const listener = jest.fn<ConfigListener>();
    store.onChange(() => {
      throw new Error('broken');
    });
    store.onChange(listener);
    expect(() => {
      store.replace(second);
    }).toThrow(AggregateError);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(store.current).toBe(second);
  });
});
