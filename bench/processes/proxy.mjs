// The proxy as users run it.
import { measuredProcess } from './measured-process.mjs';
import { startReplica } from './replica.mjs';

await measuredProcess(() => startReplica(JSON.parse(process.argv[2])));
