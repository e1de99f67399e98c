import type { ValueTransformer } from 'typeorm';

/** A point in time as epoch milliseconds; anything but a number, such as an SQL function, passes as it is. */
export const EPOCH_MS: ValueTransformer = {
  from: (value: Date | null) => value?.getTime() ?? null,
  to: (value: unknown) => (typeof value === 'number' ? new Date(value) : value),
};

/** The driver reads 64-bit integers as text; what is counted here stays far below where a number loses digits. */
export const COUNT: ValueTransformer = { from: Number, to: (value: unknown) => value };
