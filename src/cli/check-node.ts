import { EXIT } from './exit-code.js';
import { complain } from './output.js';

/** The oldest Node that the libraries work with. */
const NEEDED = [22, 19] as const;

/** Ends the process, with the way out, where Node is too old; nothing of the proxy has been loaded then. */
export function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  complain(
    `Node ${process.version} is too old: version ${NEEDED.join('.')} or newer is needed. ` +
      'Start through npm (`npm start`, `npx gemini-proxy`), which brings its own Node 24 on Linux, or install Node 24 LTS.',
  );
  process.exit(EXIT.configuration);
}
