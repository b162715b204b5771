/**
 * A header of an archive: a block of 512 bytes (POSIX.1-2008, ustar interchange format). There is one for each of some ten
 * thousand entries, and most of what it says, owners and times, is not asked for. Pure.
 */

export const HEADER_BYTES = 512;

export interface ArchiveHeader {
  /** One character: `0` is a file. */
  readonly type: string;
  readonly path: string;
  readonly target: string;
  readonly mode: number;
  /** NaN when it is none. */
  readonly size: number;
}

/** Where each field begins, and how long it is. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  target: [157, 100],
  magic: [257, 6],
  prefix: [345, 155],
} as const;
type Field = (typeof FIELDS)[keyof typeof FIELDS];

const SPACE = 0x20;

/** What a block says: `empty` when all of it is zero, `damaged` when its checksum says so. */
export function parseHeader(block: Buffer, at: number): ArchiveHeader | 'empty' | 'damaged' {
  const sum = computeChecksum(block, at);
  // What the fields of the checksum count, spaces, and nothing else.
  if (sum === SPACE * FIELDS.checksum[1] && block[at] === 0) return 'empty';
  if (parseNumber(block, at, FIELDS.checksum) !== sum) return 'damaged';
  const name = parseText(block, at, FIELDS.name);
  const prefix = parseText(block, at, FIELDS.magic) === 'ustar' ? parseText(block, at, FIELDS.prefix) : '';
  return {
    type: parseText(block, at, FIELDS.type) || '0',
    path: prefix === '' ? name : `${prefix}/${name}`,
    target: parseText(block, at, FIELDS.target),
    mode: parseNumber(block, at, FIELDS.mode),
    size: parseNumber(block, at, FIELDS.size),
  };
}

/** The sum of all bytes, those of the checksum's own field taken as spaces. */
function computeChecksum(block: Buffer, at: number): number {
  const [start, length] = FIELDS.checksum;
  let sum = length * SPACE;
  for (let index = 0; index < start; index += 1) sum += block[at + index] as number;
  for (let index = start + length; index < HEADER_BYTES; index += 1) sum += block[at + index] as number;
  return sum;
}

/** Up to the first zero. */
function parseText(block: Buffer, at: number, [start, length]: Field): string {
  const from = at + start;
  let to = from;
  while (to < from + length && block[to] !== 0) to += 1;
  return to === from ? '' : block.toString('utf8', from, to);
}

/** Octal digits between spaces and zeros, or, where they do not suffice, GNU's 0x80 and the number as bytes. */
function parseNumber(block: Buffer, at: number, [start, length]: Field): number {
  let value = 0;
  if (block[at + start] === 0x80) {
    for (let index = start + 1; index < start + length; index += 1)
      value = value * 256 + (block[at + index] as number);
    return value;
  }
  let hasBegun = false;
  for (let index = start; index < start + length; index += 1) {
    const byte = block[at + index] as number;
    if (byte >= 0x30 && byte <= 0x37) {
      value = value * 8 + (byte - 0x30);
      hasBegun = true;
    } else if (byte !== 0 && byte !== SPACE) return Number.NaN;
    else if (hasBegun) break;
  }
  return value;
}
