/**
 * Artifacts over a real IPFS node on loopback: peak memory of packing and restoring as the artifact grows, and how long a
 * restore takes beside what it stands in for: `npm ci` from a warm cache, and `zstd -d | tar x` of the same bytes.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubo } from '../peers/kubo.ts';
import { type KuboDaemon, startKuboDaemon } from '../peers/kubo-daemon.ts';
import { findPeer } from '../peers/peer.ts';
import { type Bench, type BenchRow, summarise } from './bench.ts';
import { timeCommand } from './commands.ts';
import { computeDifferences, computeRatios, interleave } from './interleave.ts';
import { createPreloaded } from './memory.ts';
import { type BuiltTracey, buildTracey } from './tracey.ts';

const SIZES = {
  full: { megabytes: [50, 500], rounds: 5 },
  quick: { megabytes: [5], rounds: 1 },
} as const;

/** Half of what is written compresses away. */
const FILE_BYTES = 40_000;
const FILES_PER_FOLDER = 50;
/** With what they bring, some 140 packages. */
const PACKAGES = { express: '4.21.2', mocha: '10.8.2' };

/** npm needs its own settings, and the certificates that this machine trusts, to reach its registry. */
const NPM_ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && /^(npm_config_|NODE_EXTRA_CA_CERTS$|https?_proxy$)/i.test(name)
      ? [[name, value]]
      : [],
  ),
);

interface Setting {
  readonly folder: string;
  readonly tracey: BuiltTracey;
  readonly daemon: KuboDaemon;
}

export const artifacts: Bench = {
  name: 'artifacts',
  about: 'packing and restoring node_modules over IPFS',
  async run({ size, folder, tell }) {
    const found = await findPeer(kubo);
    if ('missing' in found) throw new Error(`kubo is not there: ${found.missing}`);
    const { megabytes, rounds } = SIZES[size];
    const tracey = await buildTracey(folder);
    const daemon = await startKuboDaemon({ program: found.path, folder: join(folder, 'kubo') });
    try {
      const setting = { folder, tracey, daemon };
      return [
        ...(await measureMemory(setting, { megabytes, rounds: Math.min(rounds, 3), tell })),
        ...(await measureSpeed(setting, { rounds, tell })),
      ];
    } finally {
      await daemon.kill();
    }
  },
};

async function measureMemory(
  setting: Setting,
  of: {
    readonly megabytes: readonly number[];
    readonly rounds: number;
    readonly tell: (line: string) => void;
  },
): Promise<BenchRow[]> {
  const peaks: Record<string, number[]> = {};
  for (const megabytes of of.megabytes) {
    const repo = createTree(join(setting.folder, `tree-${megabytes}`), megabytes);
    of.tell(`peak memory with an artifact of ${megabytes} MB, ${of.rounds} rounds`);
    const measure = (name: string, args: readonly string[]) => async () => {
      const peak = await runTracey(setting, repo, args);
      const row = `peak memory, ${name} ${megabytes} MB`;
      peaks[row] = [...(peaks[row] ?? []), peak];
      return peak;
    };
    const sides = {
      pack: measure('packing', ['pack']),
      restore: measure('restoring', ['restore', '--force']),
    };
    await interleave(of.rounds, sides);
    rmSync(repo, { recursive: true, force: true });
    setting.daemon.run('repo', 'gc');
  }
  const rows = Object.entries(peaks).map(([name, values]) => ({
    ...summarise(name, 'MB', values),
    target: '≤ 150',
  }));
  const [least, most] = [of.megabytes.at(0), of.megabytes.at(-1)];
  if (least === most) return rows;
  return rows.concat(
    ['packing', 'restoring'].map((name) => {
      const [small, large] = [least, most].map((size) => peaks[`peak memory, ${name} ${size} MB`] ?? []);
      const more = computeDifferences(large ?? [], small ?? []);
      return { ...summarise(`${name} ${most} MB over ${least} MB`, 'MB', more), target: '≤ 10' };
    }),
  );
}

/** `npm ci` with the packages in npm's cache, the restore, and plain tools on the same bytes. */
async function measureSpeed(
  setting: Setting,
  { rounds, tell }: { readonly rounds: number; readonly tell: (line: string) => void },
): Promise<BenchRow[]> {
  const repo = join(setting.folder, 'packages');
  mkdirSync(repo);
  const manifest = { name: 'packages', version: '1.0.0', dependencies: PACKAGES };
  writeFileSync(join(repo, 'package.json'), JSON.stringify(manifest));
  const npm = (...args: string[]) => ({
    command: 'npm',
    args: [...args, '--no-audit', '--no-fund'],
    cwd: repo,
    env: NPM_ENVIRONMENT,
  });
  await timeCommand(npm('install'));
  await runTracey(setting, repo, ['pack']);
  const archive = join(setting.folder, 'packages.tar.zst');
  await timeCommand({
    command: '/bin/sh',
    args: ['-c', `tar -c node_modules | zstd -q -6 -o '${archive}'`],
    cwd: repo,
  });
  tell(`npm ci, restore and tar, ${rounds} rounds`);
  const clear = () => rmSync(join(repo, 'node_modules'), { recursive: true, force: true });
  const took = await interleave(rounds, {
    npm: async () => {
      clear();
      return timeCommand(npm('ci', '--prefer-offline'));
    },
    restore: async () => {
      clear();
      return timeCommand(createCommand(setting, repo, ['restore']));
    },
    inner: async () => {
      clear();
      return measureInner(setting, repo);
    },
    tar: async () => {
      clear();
      return timeCommand({ command: '/bin/sh', args: ['-c', `zstd -dc '${archive}' | tar -x`], cwd: repo });
    },
  });
  return [
    summarise('npm ci, warm cache', 'ms', took.npm),
    summarise('tracey artifact restore, the whole command', 'ms', took.restore),
    summarise('the restore alone, as it reports it', 'ms', took.inner),
    summarise('zstd -d | tar x', 'ms', took.tar),
    { ...summarise('npm ci ÷ restore command', '×', computeRatios(took.npm, took.restore)), target: '≥ 3' },
    { ...summarise('restore alone ÷ tar', '×', computeRatios(took.inner, took.tar)), target: '≤ 1.5' },
  ];
}

async function measureInner(setting: Setting, repo: string): Promise<number> {
  const report = join(setting.folder, 'restored.json');
  await timeCommand({ ...createCommand(setting, repo, ['restore', '--json']), stdout: report });
  const { durationMs } = JSON.parse(readFileSync(report, 'utf8')) as { readonly durationMs: number };
  return durationMs;
}

function createCommand(
  { tracey, daemon }: Setting,
  repo: string,
  args: readonly string[],
  flags: string[] = [],
) {
  return {
    command: process.execPath,
    args: [...flags, tracey.script, 'artifact', ...args, repo, '--ipfs', daemon.rpc],
    cwd: tracey.home,
    stderr: join(tracey.home, 'log'),
  };
}

/** Peak memory in MB. */
async function runTracey(setting: Setting, repo: string, args: readonly string[]): Promise<number> {
  const peak = join(setting.folder, 'peak');
  const preloaded = join(setting.folder, 'peak.cjs');
  writeFileSync(preloaded, createPreloaded(peak));
  await timeCommand(createCommand(setting, repo, args, ['--require', preloaded]));
  return Number(readFileSync(peak, 'utf8'));
}

/** A repo whose packages make an artifact of so many MB: text of which half is chance. */
function createTree(folder: string, megabytes: number): string {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'tree', dependencies: { a: '1' } }));
  const files = Math.round((megabytes * 2e6) / FILE_BYTES);
  for (let index = 0; index < files; index += 1) {
    const own = join(folder, 'node_modules', `package-${Math.floor(index / FILES_PER_FOLDER)}`);
    if (index % FILES_PER_FOLDER === 0) mkdirSync(own, { recursive: true });
    writeFileSync(join(own, `file-${index}.js`), randomBytes(FILE_BYTES / 2).toString('hex'));
  }
  return folder;
}
