import { Fault } from '../kernel/errors/fault.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { complain } from './output.js';

/** System errors of a listener, and what to do about each. */
const PORT_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: stop what listens there, or choose another port (server.port, metrics.prometheus_port)',
  EACCES: 'needs more rights: choose a port above 1023',
  EADDRNOTAVAIL: 'is no address of this machine: correct server.host or metrics.host',
};

/** Says why a start failed, without a stack trace, and what the process exits with. */
export function explainStartFailure(error: unknown): ExitCode {
  if (error instanceof Fault && error.code === 'validation_failed') {
    complain(error.message);
    for (const { path, message } of error.violations) complain(`  ${path} ${message}`);
    return EXIT.configuration;
  }
  complain(portAdvice(error) ?? (error instanceof Error ? error.message : String(error)));
  return EXIT.unavailable;
}

function portAdvice(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const advice = PORT_ADVICE[String(error.code)];
  const { address = '', port = '' } = error as { address?: string; port?: number };
  return advice === undefined ? undefined : `${address}:${port} ${advice}.`;
}
