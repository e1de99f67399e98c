// Child side: a process that does what its parent asks, and tells what it has cost by its own accounting.
import { Session } from 'node:inspector/promises';
import { writeFile } from 'node:fs/promises';

const PROFILE_INTERVAL_US = 200;

/**
 * Starts the service and answers requests until told to stop, or until the parent is gone. `start` resolves with
 * `{ ready, settle?, stop, verbs? }`: what the parent is told, work to wait for before CPU time is read (so that what
 * was put off is charged too), how to end, and further requests that are understood.
 */
export async function measuredProcess(start) {
  // Ctrl-C reaches the whole group; the parent decides, and its end is seen as a disconnect.
  process.on('SIGINT', () => undefined);
  let service;
  try {
    service = await start();
  } catch (error) {
    process.send({ failed: describe(error) }, () => process.exit(1));
    return;
  }
  const leave = () => service.stop().finally(() => process.exit(0));
  process.once('disconnect', leave);
  const verbs = { usage: () => usage(service), stop: leave, ...profiler(), ...service.verbs };
  process.on('message', ({ id, verb, argument }) => {
    Promise.resolve()
      .then(() => verbs[verb](argument))
      .then(
        (result) => process.send({ id, result }),
        (error) => process.send({ id, failed: describe(error) }),
      );
  });
  process.send({ ready: service.ready });
}

/** Microseconds of CPU since the start, of all threads of this process, and resident bytes. */
async function usage({ settle }) {
  await settle?.();
  return { ...process.cpuUsage(), rssBytes: process.memoryUsage.rss() };
}

function profiler() {
  let session;
  return {
    profileStart: async () => {
      session = new Session();
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: PROFILE_INTERVAL_US });
      await session.post('Profiler.start');
    },
    profileStop: async (file) => {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      await writeFile(file, JSON.stringify(profile));
    },
  };
}

function describe(error) {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
