import { complain } from './output.js';

/** System errors of a listener, and what to do about each. */
const PORT_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: stop what listens there, or choose another port (server.port, metrics.prometheus_port)',
  EACCES: 'needs more rights: choose a port above 1023',
  EADDRNOTAVAIL: 'is no address of this machine: correct server.host or metrics.host',
};

/** Says why a start failed, without a stack trace. */
export function explainStartFailure(error: unknown): void {
  complain(adviceFor(error) ?? (error instanceof Error ? error.message : String(error)));
}

function adviceFor(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const advice = PORT_ADVICE[String(error.code)];
  const { address = '', port = '' } = error as { address?: string; port?: number };
  return advice === undefined ? undefined : `${address}:${port} ${advice}.`;
}
