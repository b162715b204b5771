/** Node's zstd, piece by piece: a piece is wholly used before the next is taken, so that whoever made it may use its memory again. */
import type { ZstdCompress, ZstdDecompress } from 'node:zlib';

export interface Codec {
  /** Resolves when the piece was used, and all that became of it so far was handed over. */
  readonly write: (piece: Uint8Array) => Promise<void>;
  readonly end: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Begins to use a stream of zlib's.
 *
 * @param sink is handed what comes out, in the middle of a write: however much becomes of a piece, none of it is kept. What
 *   it throws, and what the stream fails with, `write` and `end` throw.
 */
export function openCodec(stream: ZstdCompress | ZstdDecompress, sink: (piece: Buffer) => void): Codec {
  let failure: unknown = null;
  let goOn = () => {};
  const fail = (thrown: unknown) => {
    failure ??= thrown;
    stream.destroy();
  };
  stream.on('error', fail);
  stream.on('close', () => goOn());
  stream.on('data', (piece: Buffer) => {
    if (failure !== null) return;
    try {
      sink(piece);
    } catch (thrown) {
      fail(thrown);
    }
  });
  const wait = async (begin: (done: () => void) => void) => {
    // What failed has closed, and would never be done.
    if (failure !== null) throw failure;
    await new Promise<void>((resolve) => {
      goOn = resolve;
      begin(resolve);
    });
    if (failure !== null) throw failure;
  };
  return {
    write: (piece) =>
      wait((done) => {
        stream.write(piece, (error) => {
          if (error) fail(error);
          done();
        });
      }),
    end: () => wait((done) => stream.once('end', done).end()),
    close: () => void stream.destroy(),
  };
}
