/**
 * What an extended header says (POSIX.1-2008, pax): records of the form `<length> <keyword>=<value>\n`, the length being
 * that of the whole record in bytes. Of them what an entry's own header has no room for is of use here. Pure.
 */

export interface Overrides {
  path?: string;
  target?: string;
  /** NaN when it is none. */
  size?: number;
}

const LENGTH = /^[1-9]\d{0,6} /;

/** The records that are asked for; the last of each counts. */
export function parseExtendedHeader(bytes: Buffer): Overrides | 'damaged' {
  const overrides: Overrides = {};
  for (let at = 0; at < bytes.length; ) {
    const length = LENGTH.exec(bytes.toString('latin1', at, at + 8))?.[0] ?? '';
    const end = at + Number(length);
    const record = bytes.toString('utf8', at + length.length, end - 1);
    const sign = record.indexOf('=');
    if (length === '' || end > bytes.length || bytes[end - 1] !== NEWLINE || sign < 1) return 'damaged';
    const value = record.slice(sign + 1);
    switch (record.slice(0, sign)) {
      case 'path':
        overrides.path = value;
        break;
      case 'linkpath':
        overrides.target = value;
        break;
      case 'size':
        overrides.size = /^\d+$/.test(value) ? Number(value) : Number.NaN;
        break;
    }
    at = end;
  }
  return overrides;
}

const NEWLINE = 0x0a;
