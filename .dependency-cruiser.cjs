// The import floors of docs/development.md: a row imports only rows above it, rows never import sideways, no cycles.
const ROWS = [
  ['kernel'],
  ['config'],
  ['metrics', 'vault', 'egress', 'faults'],
  ['persistence'],
  ['shared-state'],
  ['audit'],
  ['security'],
  ['settings'],
  ['auth', 'usage', 'balancer', 'tls'],
  ['proxy'],
  ['insight'],
  ['admin'],
];

/** What a row must not import although it stands above it. */
const NEVER = {
  proxy: ['persistence', 'settings', 'tls'],
  insight: ['proxy'],
};

const folders = (names) => `^src/(${names.join('|')})/`;

const floors = ROWS.flatMap((row, index) =>
  row.map((name) => {
    const above = ROWS.slice(0, index)
      .flat()
      .filter((other) => !NEVER[name]?.includes(other));
    return {
      name: `floor-${name}`,
      comment: `${name} may import: ${above.join(', ') || 'nothing'}`,
      severity: 'error',
      from: { path: folders([name]) },
      to: {
        path: ['^src/', '^migrations/'],
        pathNot: [folders([name, ...above]), ...(name === 'persistence' ? ['^migrations/'] : [])],
      },
    };
  }),
);

const lib = (name, pkg, home) => ({
  name: `only-${name}`,
  severity: 'error',
  from: { path: ['^src/', '^migrations/'], pathNot: home },
  to: { path: `node_modules/${pkg}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'internal-is-private',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/([^/]+)/internal/', pathNot: '^src/$1/' },
    },
    ...floors,
    {
      name: 'emulator-shares-no-parser',
      severity: 'error',
      from: { path: '^src/emulator/' },
      to: { path: '^src/', pathNot: ['^src/emulator/', '^src/kernel/(clock|ids)\\.ts$'] },
    },
    {
      name: 'nobody-imports-the-emulator',
      severity: 'error',
      from: { path: '^src/(?!emulator/|main|cli/|app\\.)' },
      to: { path: '^src/emulator/' },
    },
    {
      name: 'nobody-imports-the-roots',
      severity: 'error',
      from: { path: '^src/(?!main\\.ts|app\\.|application\\.ts|cli/)' },
      to: { path: '^src/(main\\.ts|app\\.|application\\.ts|cli/)' },
    },
    { name: 'src-never-imports-test', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
    {
      name: 'kernel-has-no-libraries',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/@types/' },
    },
    lib('undici', 'undici', '^src/egress/'),
    lib('ws', '(@types/)?ws', '^src/(proxy/live|emulator)/'),
    lib('typeorm', '(@nestjs/)?typeorm', '^(src/persistence|migrations)/'),
    lib('prom-client', '(prom-client|@willsoto/nestjs-prometheus)', '^src/metrics/'),
    lib('rxjs', 'rxjs', '\\.interceptor\\.ts$'),
    lib('jsonwebtoken', '(@nestjs/jwt|jsonwebtoken)', '^src/auth/'),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
