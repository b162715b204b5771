/**
 * Programs and data that only tests hold Tracey against, built or unpacked once into a cache folder: where they lie, and how one
 * gets there whole or not at all. What a program is made from is its own file's business.
 */
import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tracey-peers', import.meta.url));

export interface Peer {
  readonly name: string;
  /** Exact; another version is another folder. */
  readonly version: string;
  /** The file that is wanted of it, relative to the folder that it is installed into. */
  readonly product: string;
  /** Makes the program in an empty folder. */
  readonly install: (folder: string, run: RunCommand) => Promise<void>;
}

/** Runs a command, its output to stderr; rejects with what to do when it cannot be had or fails. */
export type RunCommand = (
  command: readonly [string, ...string[]],
  options: { readonly folder: string; readonly hint: string },
) => Promise<void>;

/** The path of a peer's product when it is installed, else how to install it. */
export async function findPeer(
  peer: Peer,
  cache = CACHE,
): Promise<{ readonly path: string } | { readonly missing: string }> {
  const path = join(computePeerFolder(peer, cache), peer.product);
  try {
    await access(path);
    return { path };
  } catch {
    return { missing: `install it with: node scripts/peers/main.ts ${peer.name}` };
  }
}

/**
 * Installs a peer that is not there yet.
 *
 * @throws Error when what it takes cannot be had; nothing half-done stays
 */
export async function installPeer(peer: Peer, tell: (line: string) => void, cache = CACHE): Promise<void> {
  const found = await findPeer(peer, cache);
  if ('path' in found) {
    tell(`${peer.name} ${peer.version} is there: ${found.path}`);
    return;
  }
  tell(`${peer.name} ${peer.version} is being installed ...`);
  const folder = computePeerFolder(peer, cache);
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, `.${peer.name}-`));
  try {
    await peer.install(scratch, runCommand);
    await access(join(scratch, peer.product));
    await rm(folder, { recursive: true, force: true });
    await rename(scratch, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  tell(`${peer.name} ${peer.version} is installed: ${join(folder, peer.product)}`);
}

/** Where a peer is when it is installed. */
export function computePeerFolder({ name, version }: Peer, cache = CACHE): string {
  return join(cache, `${name}-${version}-${process.platform}-${process.arch}`);
}

const runCommand: RunCommand = ([program, ...args], { folder, hint }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 2, 2] });
    child.once('error', (cause) =>
      reject(new Error(`${program} could not be started: ${cause.message}. ${hint}`, { cause })),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`"${[program, ...args].join(' ')}" ended with ${code ?? signal}. ${hint}`));
    });
  });
