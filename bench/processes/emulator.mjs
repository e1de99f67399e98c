// The origin that every peer calls: the emulator, without a record of requests.
import { Emulator } from '../../dist/src/emulator/emulator.js';
import { measuredProcess } from './measured-process.mjs';

await measuredProcess(async () => {
  const emulator = await Emulator.start({ record: false });
  return { ready: { url: emulator.url }, stop: () => emulator.stop() };
});
