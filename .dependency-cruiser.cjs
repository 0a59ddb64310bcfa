/**
 * The layer table of docs/architecture.md as rules. `allowed` below is that table: module -> what it may import besides
 * itself. A module that is missing here may import nothing.
 */
const allowed = {
  base: [],
  env: ['base'],
  contract: ['base'],
  protocol: ['base'],
  record: ['base', 'protocol'],
  net: ['base', 'env', 'protocol'],
  storage: ['base', 'env', 'protocol', 'record'],
  metadata: ['base', 'protocol', 'record'],
  raft: ['base', 'env', 'protocol', 'record', 'net', 'storage'],
  controller: ['base', 'env', 'protocol', 'net', 'metadata', 'raft'],
  replication: ['base', 'env', 'protocol', 'record', 'net', 'storage', 'metadata'],
  coordinator: ['base', 'env', 'protocol', 'record', 'metadata'],
  broker: ['base', 'env', 'protocol', 'record', 'net', 'storage', 'metadata', 'replication', 'coordinator'],
  node: [
    'base',
    'env',
    'protocol',
    'record',
    'net',
    'storage',
    'metadata',
    'raft',
    'controller',
    'replication',
    'coordinator',
    'broker',
  ],
  client: ['base', 'env', 'protocol', 'record', 'net'],
};
const isTest = '\\.(test|testkit)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(allowed).map(([from, to]) => ({
      name: `layer-${from}`,
      comment: `engine/${from} may import ${to.join(', ') || 'nothing'} besides itself (docs/architecture.md).`,
      severity: 'error',
      from: { path: `^engine/${from}/`, pathNot: [isTest, '^engine/env/node/'] },
      to: { path: '^(engine|electron|cli|renderer|test)/', pathNot: [from, ...to].map((m) => `^engine/${m}/`) },
    })),
    {
      name: 'world-only-at-the-edge',
      comment: 'Only env/node and lab touch node:* modules.',
      severity: 'error',
      from: { path: '^engine/', pathNot: ['^engine/(env/node|lab)/', isTest] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-never-picks-a-world',
      comment: 'The core sees env as interfaces; only lab, tests and the worlds themselves import env/node or env/sim.',
      severity: 'error',
      from: { path: '^engine/', pathNot: ['^engine/(env/node|env/sim|lab)/', isTest] },
      to: { path: '^engine/env/(node|sim)/' },
    },
    {
      name: 'shells-see-lab-and-contract',
      severity: 'error',
      from: { path: '^(electron|cli)/', pathNot: isTest },
      to: { path: '^engine/', pathNot: '^engine/(lab|contract)/' },
    },
    {
      name: 'renderer-sees-the-contract',
      severity: 'error',
      from: { path: '^renderer/', pathNot: isTest },
      to: { path: '^(engine|electron|cli)/', pathNot: '^engine/contract/' },
    },
    {
      name: 'transport-lives-in-the-bridge',
      severity: 'error',
      from: { path: '^renderer/', pathNot: ['^renderer/bridge/', isTest] },
      to: { path: '@orpc/' },
    },
    {
      name: 'features-are-islands',
      severity: 'error',
      from: { path: '^renderer/features/([^/]+)/' },
      to: { path: '^renderer/features/', pathNot: '^renderer/features/$1/' },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      from: { path: '^(engine|electron|cli|renderer)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-cycles-between-files',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist|node_modules)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.vue', '.mjs', '.js', '.cjs'] },
  },
};
