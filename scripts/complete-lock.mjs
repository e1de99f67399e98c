// `npm ci` refuses a lock file that lacks an optional package of another platform, which npm leaves out when the
// registry at hand does not serve it. This adds an entry without integrity for each, so that `npm ci` works everywhere.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = process.argv[2] ?? 'package-lock.json';
const OS = new Map(
  'darwin win32 android freebsd openbsd netbsd sunos aix openharmony linux'.split(' ').map((os) => [os, os]),
).set('windows', 'win32');
const CPU = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const packages = lock.packages;

/** Where Node would find `name` from the package at `from`, inside the lock file. */
function resolves(from, name) {
  for (let base = from; ;) {
    if (packages[`${base ? `${base}/` : ''}node_modules/${name}`]) return true;
    if (!base) return false;
    base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1));
  }
}

/** The lock entry of a platform package that could not be resolved, or undefined when the name tells no platform. */
function entryFor(name, range, dev) {
  const words = name.toLowerCase().split(/[^a-z0-9]+/);
  const os = words.map((word) => OS.get(word)).find(Boolean);
  const cpu = words
    .map((word) => CPU.find((c) => word === c || (c === 'arm' && /^arm(v\d.*|eabi.*)?$/.test(word))))
    .find(Boolean);
  if (!os && !cpu) return undefined;
  return {
    version: range.replace(/^[\^~=v]*/, ''),
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev: true }),
    optional: true,
    ...(os && { os: [os] }),
  };
}

let added = 0;
for (const [from, entry] of Object.entries({ ...packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolves(from, name)) continue;
    const stub = entryFor(name, range, entry.dev);
    if (!stub) {
      console.error(`cannot tell the platform of ${name} (optional dependency of ${from || 'this project'})`);
      process.exitCode = 1;
      continue;
    }
    packages[`node_modules/${name}`] = stub;
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${FILE}: ${added} platform entries added`);
