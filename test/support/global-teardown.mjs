import { rmSync } from 'node:fs';

export default async function teardown() {
  const { server, dataDir, watchdog } = globalThis.testPostgres;
  await server.stop();
  watchdog.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
}
