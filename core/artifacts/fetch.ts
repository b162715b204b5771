/**
 * The bytes that a CID addresses, from wherever they come. Block by block: each is held against its own hash before
 * anybody sees a byte of it, so that it does not matter who sends it, nor how the content was cut when it was added.
 * Some blocks are asked for ahead, into memory that is used again and again: it does not grow with the content, and leaves
 * nothing to collect.
 */
import { ArtifactError } from '../errors.ts';
import { CHUNK_BYTES, findFileBlock, isBlockOf, isKnownKind } from './blocks.ts';
import type { CID } from './cid.ts';
import { openWatch, PATIENCE, type Patience, type Watch } from './patience.ts';

/** Where blocks come from. */
export interface BlockSource {
  /** For messages: an address without credentials. */
  readonly label: string;
  /** Hands over the bytes of one block, good only meanwhile; what `take` throws it throws. Nothing about them is believed. */
  readonly readBlock: (
    cid: CID,
    reading: { readonly signal: AbortSignal; readonly take: (piece: Uint8Array) => void },
  ) => Promise<void>;
}

export interface FetchOptions {
  readonly source: BlockSource;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Partial<Patience> | undefined;
  /** Told how many verified bytes there are so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** So many blocks are on their way at a time. */
const AHEAD = 3;
/** More than any node sends: Kubo refuses blocks of over 2 MiB. */
const BLOCK_LIMIT_BYTES = 4 * 1024 * 1024;

/** A block that is or will be asked for. */
interface Wanted {
  readonly cid: CID;
  room: Promise<Room> | null;
}

/** Where a block lies while it comes and is used: as large as our own blocks, larger when a larger one comes. */
interface Room {
  bytes: Buffer;
  length: number;
}

/**
 * Fetches content; what it yields is verified. A piece is good until the next one is asked for: its memory is used again.
 *
 * @throws ArtifactError `artifact/wrong-bytes`, `artifact/unsupported-cid`, `artifact/deadline`, `artifact/stalled`,
 *   `artifact/nothing-came`, and whatever the source throws
 */
export async function* fetchContent(cid: CID, options: FetchOptions): AsyncGenerator<Uint8Array> {
  const { source, signal, onProgress } = options;
  const watch = openWatch({
    what: `Fetching ${cid} from ${source.label}`,
    patience: { ...PATIENCE, ...options.patience },
    signal,
  });
  const finished = new AbortController();
  const stop = AbortSignal.any([watch.signal, finished.signal]);
  const free: Room[] = [];
  let bytes = 0;
  try {
    const wanted: Wanted[] = [{ cid, room: null }];
    for (let head = wanted[0]; head !== undefined; head = wanted[0]) {
      for (const each of wanted.slice(0, AHEAD)) {
        each.room ??= startBlock(each.cid, { source, watch, stop, room: free.pop() ?? createRoom() });
      }
      const room = await watch.during(head.room as Promise<Room>);
      const { content, next } = getFileBlock(head.cid, room, source);
      wanted.splice(0, 1, ...next.map((each) => ({ cid: each, room: null })));
      if (content.length > 0) {
        bytes += content.length;
        onProgress?.(bytes);
        yield content;
      }
      free.push(room);
    }
  } catch (thrown) {
    throw watch.explain(thrown);
  } finally {
    finished.abort();
    watch.close();
  }
}

interface Reading {
  readonly source: BlockSource;
  readonly watch: Watch;
  readonly stop: AbortSignal;
  readonly room: Room;
}

function createRoom(): Room {
  return { bytes: Buffer.allocUnsafeSlow(CHUNK_BYTES), length: 0 };
}

/** A block that is not waited for yet may fail without anybody minding. */
function startBlock(cid: CID, reading: Reading): Promise<Room> {
  const room = readBlock(cid, reading);
  room.catch(() => undefined);
  return room;
}

async function readBlock(cid: CID, { source, watch, stop, room }: Reading): Promise<Room> {
  if (!isKnownKind(cid)) throw createUnsupported(cid);
  room.length = 0;
  const take = (piece: Uint8Array) => {
    watch.touch();
    append(room, piece);
    if (room.length > BLOCK_LIMIT_BYTES) throw createWrong({ source, cid, room });
  };
  const aborted = rejectOnAbort(stop);
  try {
    // A source that hears no signal would keep us.
    await Promise.race([source.readBlock(cid, { signal: stop, take }), aborted.promise]);
  } finally {
    aborted.close();
  }
  if (isBlockOf(cid, getBlock(room))) return room;
  throw createWrong({ source, cid, room });
}

function createWrong({ source, cid, room }: Pick<Reading, 'source' | 'room'> & { readonly cid: CID }) {
  return new ArtifactError(
    `${source.label}: what it sent for ${cid} is not that: ${room.length} bytes of another hash.`,
    {
      code: 'artifact/wrong-bytes',
      hint: 'Bytes were changed or lost on the way. Try again; `ipfs repo verify` on the node finds what is damaged there.',
    },
  );
}

function append(room: Room, piece: Uint8Array): void {
  const length = room.length + piece.length;
  if (length > room.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * room.bytes.length));
    larger.set(getBlock(room));
    room.bytes = larger;
  }
  room.bytes.set(piece, room.length);
  room.length = length;
}

function getBlock({ bytes, length }: Room): Uint8Array {
  return bytes.subarray(0, length);
}

function rejectOnAbort(signal: AbortSignal): {
  readonly promise: Promise<never>;
  readonly close: () => void;
} {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return { promise, close: () => signal.removeEventListener('abort', onAbort) };
}

function getFileBlock(cid: CID, room: Room, source: BlockSource) {
  const block = findFileBlock(cid, getBlock(room));
  if (block !== undefined) return block;
  throw new ArtifactError(`${source.label}: ${cid} is no file.`, {
    code: 'artifact/unsupported-cid',
    hint: 'The index names a folder or something else. Correct its line, or pack the artifact again.',
  });
}

function createUnsupported(cid: CID): ArtifactError {
  return new ArtifactError(`${cid}: is addressed in a way that cannot be verified here.`, {
    code: 'artifact/unsupported-cid',
    hint: 'An artifact is a file addressed by SHA2-256. Pack it again with `tracey artifact pack`.',
  });
}
