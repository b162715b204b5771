/**
 * An npm that answers from a folder: `npm view <package> versions`, `npm view <package>@<version> dist` and
 * `npm pack`. It writes down how it was called.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { writeNodeScript, writeShellScript } from '../../executable-script.ts';

export interface FakeNpm {
  /** Folder to put on PATH. */
  readonly folder: string;
  /** What the registry has; read anew at every call. */
  write(registry: Registry): void;
  readCalls(): string[];
}

interface Registry {
  readonly versions?: readonly string[];
  readonly packages?: Readonly<
    Record<string, { readonly archive: string; readonly integrity: string | null }>
  >;
  /** Answers every question like an npm without a network. */
  readonly isUnreachable?: boolean;
  /** `npm pack` connects to this socket, and then never ends. */
  readonly hangSocket?: string;
}

const SOURCE = `
const { appendFileSync, copyFileSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const [command, specifier, field] = process.argv.slice(2);
appendFileSync(join(__dirname, 'calls'), [command, specifier, field].join(' ') + '\\n');
const registry = JSON.parse(readFileSync(join(__dirname, 'registry.json'), 'utf8'));
const version = specifier.split('@')[1];
const fail = (code, summary) => {
  console.log(JSON.stringify({ error: { code, summary } }));
  process.exit(1);
};
if (registry.isUnreachable) fail('ENOTFOUND', 'request to the registry failed.');
else if (command === 'view' && field === 'versions') console.log(JSON.stringify(registry.versions));
else if (command === 'view') console.log(JSON.stringify({ integrity: registry.packages[version].integrity }));
else if (registry.hangSocket) require('node:net').connect(registry.hangSocket);
else copyFileSync(registry.packages[version].archive, specifier.replace('@', '-') + '.tgz');
`;

export function writeFakeNpm(folder: string): FakeNpm {
  mkdirSync(folder, { recursive: true });
  writeNodeScript(join(folder, 'npm'), SOURCE);
  const calls = join(folder, 'calls');
  return {
    folder,
    write: (registry) => writeFileSync(join(folder, 'registry.json'), JSON.stringify(registry)),
    readCalls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
  };
}

/** A program that answers the inspection as Node of that version would. */
export function writeFakeNode(path: string, version: string, arch = 'x64'): void {
  writeShellScript(path, `echo '["v${version}","${arch}","${path}"]'`);
}

/** Packs a package as npm's Node packages are, whose binary says it is `version`. */
export async function packFakeNode(folder: string, version: string, files = ['bin/node', 'README.md']) {
  const source = join(folder, `source-${version}`, 'package');
  mkdirSync(source, { recursive: true });
  writeShellScript(join(source, 'bin', 'node'), `echo '["v${version}","x64","'"$0"'"]'`);
  writeFileSync(join(source, 'README.md'), 'Node\n');
  const archive = join(folder, `${version}.tgz`);
  await create(
    { file: archive, cwd: join(source, '..'), gzip: true, portable: true },
    files.map((file) => `package/${file}`),
  );
  return { archive, integrity: computeIntegrity(archive) };
}

export function computeIntegrity(file: string): string {
  return `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
}
