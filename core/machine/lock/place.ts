/**
 * Where the machine's lock lies, and how it is taken there. On Linux it is the name of an abstract socket: no file,
 * no permission, gone with its process. Elsewhere it is a file that the kernel locks, with a socket beside it to
 * wait at; that file is never removed, so there is no stale one to recover and no moment for two to get in.
 */
import { accessSync, closeSync, constants, fchmodSync, openSync, readlinkSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { findSystemCode, formatThrown, JobError } from '../../errors.ts';

export interface LockPlaceOptions {
  /** `machine` unless a test wants one of its own. Letters, digits and hyphens, 40 at most. */
  readonly name?: string;
  /** Existing folder for the files, where any are needed: local, and writable for every user of the lock. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
}

export interface LockPlace {
  readonly socketPath: string;
  /** The file whose lock decides; null where the socket's name does. */
  readonly guardPath: string | null;
  /** What a person types to find the process that holds it. */
  readonly findCommand: string;
}

/** A place taken: a listening server that nobody serves yet, and whatever must be let go together with it. */
export interface Claim {
  readonly server: net.Server;
  letGo(): void;
}

/** SQLite's result code for a file that another connection has locked (sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

/** Where a lock of this name lies on this platform. */
export function findLockPlace({ name = 'machine', folder, platform }: LockPlaceOptions): LockPlace {
  if (!/^[A-Za-z0-9-]{1,40}$/.test(name))
    throw new TypeError(`not a name for a lock: ${JSON.stringify(name)}`);
  if (platform === 'linux') {
    const socket = `tracey-lock-${name}`;
    return { socketPath: `\0${socket}`, guardPath: null, findCommand: `sudo ss -xlp | grep ${socket}` };
  }
  const guardPath = path.join(folder, `${name}.lock`);
  return { socketPath: path.join(folder, `${name}.sock`), guardPath, findCommand: `sudo lsof ${guardPath}` };
}

/**
 * How far a lock of this name reaches: two jobs exclude each other exactly when their scopes are equal. On Linux an
 * abstract socket is known within a network namespace.
 */
export function readLockScope(name: string): string {
  try {
    return `${name}@${readlinkSync('/proc/self/ns/net')}`;
  } catch {
    return name;
  }
}

/** Takes the place, or gives null when it is taken. Throws JobError `machine/lock-unusable`. */
export async function claimPlace(place: LockPlace): Promise<Claim | null> {
  try {
    if (place.guardPath !== null) return await claimFile(place.socketPath, place.guardPath);
    const server = await listen({ path: place.socketPath });
    return server && { server, letGo: () => {} };
  } catch (thrown) {
    const where = place.guardPath ?? `socket ${place.socketPath.replaceAll('\0', '@')}`;
    throw new JobError(`machine lock: cannot use ${where}: ${formatThrown(thrown).replaceAll('\0', '@')}.`, {
      code: 'machine/lock-unusable',
      hint:
        place.guardPath === null
          ? 'Let this process open Unix sockets: a sandbox seems to forbid it.'
          : 'Name an existing local folder that this user can write to, with a path of less than 60 bytes.',
      cause: thrown,
    });
  }
}

/** An exclusive transaction that never ends is a lock the kernel frees with the process, by way of fcntl(2). */
async function claimFile(socketPath: string, guardPath: string): Promise<Claim | null> {
  const sqlite = await import('node:sqlite');
  createGuard(guardPath);
  const guard = new sqlite.DatabaseSync(guardPath, { timeout: 0 });
  const letGo = (): void => {
    if (guard.isOpen) guard.close();
  };
  try {
    // SQLite would quietly take a shared lock on a file it can only read.
    accessSync(guardPath, constants.W_OK);
    // From here on it is ours alone, and so is the socket's name: what lies there is a dead holder's.
    const server = lockExclusively(guard) ? await listenAnew(socketPath) : null;
    if (server === null) letGo();
    // Also keeps the guard from being collected as garbage, which would unlock it.
    server?.on('close', letGo);
    return server && { server, letGo };
  } catch (thrown) {
    letGo();
    throw thrown;
  }
}

function lockExclusively(guard: DatabaseSync): boolean {
  try {
    guard.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && 'errcode' in thrown && thrown.errcode === SQLITE_BUSY) return false;
    throw thrown;
  }
}

/** Makes the file for every user of the folder. One that exists is left as it is: it may be somebody else's link. */
function createGuard(guardPath: string): void {
  try {
    const descriptor = openSync(guardPath, 'wx');
    fchmodSync(descriptor, 0o666);
    closeSync(descriptor);
  } catch (thrown) {
    if (findSystemCode(thrown) !== 'EEXIST') throw thrown;
  }
}

function listenAnew(socketPath: string): Promise<net.Server | null> {
  rmSync(socketPath, { force: true });
  return listen({ path: socketPath, writableAll: true, readableAll: true });
}

/** A server listening there that keeps no process alive; null when somebody else listens already. */
function listen(options: net.ListenOptions): Promise<net.Server | null> {
  const server = net.createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (findSystemCode(error) === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(options, () => {
      server.removeAllListeners('error');
      resolve(server.unref());
    });
  });
}
