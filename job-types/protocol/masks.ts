/**
 * Takes out of recorded messages what differs from run to run — ids, keys, times, ports —, each by the name of what it is, so
 * that two recordings of the same version are the same and a difference is one of the protocol. Pure.
 */

export interface Masks {
  /**
   * Fields whose texts differ, with what is written in their place; their values are known wherever else they occur. Where
   * one value has several names, the first counts.
   */
  readonly texts: readonly (readonly [field: string, name: string])[];
  /** Fields whose numbers differ. */
  readonly numbers: readonly (readonly [field: string, name: string])[];
  /** Numbers that count on from step to step: from 1 again in each step, so that one message more changes nothing later. */
  readonly counters: readonly string[];
  /** Parts of any text. Only those without a name of their own in the above. */
  readonly patterns: readonly (readonly [pattern: RegExp, name: string])[];
}

/** One thing that was said. */
export type WireMessage =
  | {
      readonly kind: 'request' | 'answer';
      readonly line: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'message'; readonly body: unknown }
  | { readonly kind: 'binary'; readonly bytes: number }
  | { readonly kind: 'close'; readonly code: number | null; readonly reason: string };

/** Who said it, and on which connection. */
export type SaidMessage = WireMessage & {
  readonly connection: string;
  readonly from: 'client' | 'service';
};

/** Shorter values are masked where they stand; elsewhere they may be anything. */
const KNOWN_LENGTH = 8;
/** Milliseconds since 1970, from 2001 to 2286. */
const EPOCH_MS = /\b1\d{12}\b/g;
const isEpochMs = (value: number) => Number.isInteger(value) && value > 1e12 && value < 2e12;

const GENERAL: Masks['patterns'] = [
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, 'guid'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/g, 'date'],
  [EPOCH_MS, 'time'],
  [/(?<=\b(?:127\.0\.0\.1|localhost):)\d+/g, 'port'],
];

export interface Masker {
  /** The messages of one step, masked. */
  readonly mask: (messages: readonly SaidMessage[]) => SaidMessage[];
}

/**
 * Reads all messages of a recording, to know the values, before any is masked.
 *
 * @param constants texts that are the same in every run of a version and differ between versions, by what they are
 */
export function createMasker(
  masks: Masks,
  of: {
    readonly messages: Iterable<SaidMessage>;
    readonly constants: ReadonlyMap<string, string>;
  },
): Masker {
  const known = new Map(of.constants);
  const ranks = new Map<string, number>();
  const learn = (field: string, value: unknown) => {
    const rank = masks.texts.findIndex(([name]) => name === field);
    if (rank === -1 || typeof value !== 'string' || value.length < KNOWN_LENGTH) return;
    if (rank >= (ranks.get(value) ?? Number.POSITIVE_INFINITY)) return;
    ranks.set(value, rank);
    known.set(value, masks.texts[rank]?.[1] ?? field);
  };
  for (const message of of.messages) visitFields(message, learn);
  const longestFirst = [...known].sort(([one], [other]) => other.length - one.length);

  const maskText = (text: string): string => {
    const whole = known.get(text);
    if (whole !== undefined) return format(whole);
    let masked = text;
    for (const [value, name] of longestFirst) masked = masked.replaceAll(value, format(name));
    for (const [pattern, name] of [...masks.patterns, ...GENERAL]) {
      masked = masked.replace(pattern, format(name));
    }
    return masked;
  };
  return {
    mask(messages) {
      const counted = new Map<string, number[]>();
      return messages.map((message) => {
        const count = (field: string, value: number) => {
          const seen = counted.get(`${message.connection} ${field}`) ?? [];
          counted.set(`${message.connection} ${field}`, seen);
          if (!seen.includes(value)) seen.push(value);
          return seen.indexOf(value) + 1;
        };
        return maskFields(message, { masks, maskText, count }) as SaidMessage;
      });
    },
  };
}

function format(name: string): string {
  return `<${name}>`;
}

function visitFields(value: unknown, visit: (field: string, value: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    visit(field, inner);
    visitFields(inner, visit);
  }
}

interface Means {
  readonly masks: Masks;
  readonly maskText: (text: string) => string;
  readonly count: (field: string, value: number) => number;
}

function maskFields(value: unknown, means: Means): unknown {
  if (typeof value === 'string') return means.maskText(value);
  if (typeof value === 'number') return isEpochMs(value) ? format('time') : value;
  if (Array.isArray(value)) return value.map((inner) => maskFields(inner, means));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [
      means.maskText(field),
      maskField(field, { value: inner, means }),
    ]),
  );
}

function maskField(
  field: string,
  { value, means }: { readonly value: unknown; readonly means: Means },
): unknown {
  const { masks } = means;
  if (typeof value === 'string') {
    const masked = means.maskText(value);
    const name = masks.texts.find(([text]) => text === field)?.[1];
    // What is empty says so.
    return name === undefined || value === '' || masked !== value ? masked : format(name);
  }
  if (typeof value === 'number') {
    if (masks.counters.includes(field)) return means.count(field, value);
    const name = masks.numbers.find(([number]) => number === field)?.[1];
    if (name !== undefined) return format(name);
  }
  return maskFields(value, means);
}
