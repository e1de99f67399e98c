// Builds when there is no build, or when a source file is newer than the last one. Keeps `npm start` at one command.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const INPUTS = ['src', 'migrations', 'package-lock.json', 'tsconfig.json', 'nest-cli.json'];

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const built = join(ROOT, 'dist/src/main.js');
const inputs = INPUTS.map((name) => join(ROOT, name)).filter((path) => existsSync(path));
const canBuild = existsSync(join(ROOT, 'node_modules/@nestjs/cli')) && existsSync(join(ROOT, 'src'));
if (canBuild && (!existsSync(built) || Math.max(...inputs.map(newest)) > statSync(built).mtimeMs)) {
  console.log('building …');
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}
