/** Content identifiers: read in whatever base they are written, compared by value. Pure. */
import { base16 } from 'multiformats/bases/base16';
import { base32, base32upper } from 'multiformats/bases/base32';
import { base36 } from 'multiformats/bases/base36';
import { base58btc } from 'multiformats/bases/base58';
import { base64url } from 'multiformats/bases/base64';
import { CID } from 'multiformats/cid';

export { CID } from 'multiformats/cid';

const BASES = base32.decoder
  .or(base32upper.decoder)
  .or(base36.decoder)
  .or(base58btc.decoder)
  .or(base16.decoder)
  .or(base64url.decoder);

/** The CID that a text is, or undefined when it is none. */
export function findCid(text: string): CID | undefined {
  try {
    return CID.parse(text, BASES);
  } catch {
    return undefined;
  }
}

/** Whether both address the same content: version 0 and version 1 of a CID do. */
export function isSameCid(one: CID, other: CID): boolean {
  return one.toV1().equals(other.toV1());
}
