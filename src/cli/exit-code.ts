/** What the process says when it ends (contract: exit codes). */
export const EXIT = {
  /** Stopped cleanly. */
  ok: 0,
  /** The configuration, or the command itself, is wrong. */
  configuration: 1,
  /** A port or a store could not be had. */
  unavailable: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
