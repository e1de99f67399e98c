// Fails early, with the way out, where the running Node is older than the libraries need.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `Node ${process.version} is too old: version 22.19 or newer is needed.\n` +
      'Run `npm ci` once and start through npm (`npm start`, `npm test`): on Linux that brings its own Node 24.\n' +
      'Elsewhere install Node 24 LTS.',
  );
  process.exit(1);
}
