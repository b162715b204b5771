/**
 * What a user may ask for when naming a Node version, and which known version that is. Pure: which versions
 * exist, and which of them are on this machine, is told to it.
 */
import semver from 'semver';
import { ConfigError } from '../../errors.ts';
import { computeLtsMajor, findCodenamedMajor } from './schedule.ts';

/** Oldest Node the probe works on. */
export const OLDEST_VERSION = '0.10.0';

/** A request that versions can be held against. `line` is what makes runs comparable. */
export type NodeRequest =
  | { readonly kind: 'exact'; readonly version: string; readonly line: string }
  | { readonly kind: 'range'; readonly range: string; readonly line: string };

/** A request that means another line as time goes by: it needs the list of versions to become a range. */
export interface NodeLabel {
  readonly kind: 'label';
  readonly label: 'lts' | 'newest';
}

const NEWEST_LABELS = ['stable', 'current', 'latest', 'node'];

/**
 * Reads `22`, `22.x`, `22.11`, `22.11.0`, `v22.11.0`, `0.12`, `lts`, `lts/*`, `lts/jod`, `stable`, `current`,
 * `latest` or `node`.
 *
 * @throws ConfigError `node/bad-request` for anything else
 */
export function parseNodeRequest(requested: string): NodeRequest | NodeLabel {
  const text = requested.trim().toLowerCase();
  if (text === 'lts' || text === 'lts/*') return { kind: 'label', label: 'lts' };
  if (NEWEST_LABELS.includes(text)) return { kind: 'label', label: 'newest' };
  if (text.startsWith('lts/')) {
    const major = findCodenamedMajor(text.slice('lts/'.length));
    if (major === null) throw createBadRequest(requested, 'There is no LTS line of that name.');
    return createLineRequest(String(major));
  }
  const parts = /^v?(\d{1,4})(?:\.(\d{1,4}|x))?(?:\.(\d{1,4}|x))?$/.exec(text);
  if (parts === null) throw createBadRequest(requested);
  const [major = '', minor = 'x', patch = 'x'] = parts.slice(1).map((part) => part?.replace(/^0+(?=\d)/, ''));
  if (minor === 'x' && patch !== 'x') throw createBadRequest(requested);
  return createNumberRequest({ requested, major, minor, patch });
}

/** Turns a label into the release line it means on `now`, given every version that exists; null when none fits. */
export function computeLabelledLine(
  label: NodeLabel['label'],
  versions: readonly string[],
  now: Date,
): NodeRequest | null {
  const majors = [...new Set(versions.map((version) => semver.major(version)))];
  const major = label === 'lts' ? computeLtsMajor(majors, now) : Math.max(-1, ...majors);
  return major === null || major < 1 ? null : createLineRequest(String(major));
}

/** The newest of `versions` that satisfies the request, or null. */
export function selectVersion(request: NodeRequest, versions: readonly string[]): string | null {
  if (request.kind === 'exact') return versions.includes(request.version) ? request.version : null;
  return semver.maxSatisfying([...versions], request.range);
}

/** The release line of a version: `22`, and `0.12` for the old ones. */
export function computeLine(version: string): string {
  const { major, minor } = new semver.SemVer(version);
  return major === 0 ? `0.${minor}` : String(major);
}

/** Says that no version fits, and which known ones come nearest; `request` is null for a label without a line. */
export function createUnknownVersionError(options: {
  readonly request: NodeRequest | null;
  readonly requested: string;
  readonly versions: readonly string[];
  readonly platform: string;
}): ConfigError {
  const { request, requested, versions, platform } = options;
  return new ConfigError(
    `Node versions: there is no Node ${formatRequest(requested)} for ${platform}; ${describeNearest(request, versions)}.`,
    {
      code: 'node/unknown-version',
      hint: 'Ask for a version that exists, or for a whole line, e.g. "22".',
    },
  );
}

function createNumberRequest(options: {
  readonly requested: string;
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
}): NodeRequest {
  const { requested, major, minor, patch } = options;
  if (major === '0' && minor === 'x') {
    throw createBadRequest(requested, 'Before 4 a line has two numbers: "0.10" or "0.12".');
  }
  const lowest = `${major}.${minor.replace('x', '0')}.${patch.replace('x', '0')}`;
  if (semver.lt(lowest, OLDEST_VERSION)) {
    const quoted = major === '0' && minor === '1' && patch === 'x';
    throw createBadRequest(
      requested,
      quoted
        ? 'YAML reads an unquoted 0.10 as the number 0.1: write "0.10".'
        : 'Node 0.10 is the oldest measured.',
    );
  }
  if (patch !== 'x') return { kind: 'exact', version: lowest, line: lowest };
  return { kind: 'range', range: `${major}.${minor}.x`, line: computeLine(lowest) };
}

function createLineRequest(line: string): NodeRequest {
  return { kind: 'range', range: `${line}.x`, line };
}

function createBadRequest(requested: string, reason?: string): ConfigError {
  return new ConfigError(
    `Node versions: ${JSON.stringify(formatRequest(requested))} names no Node version.${reason ? ` ${reason}` : ''}`,
    {
      code: 'node/bad-request',
      hint: 'Write a version ("22.11.0"), a line ("22", "0.12"), "lts", "lts/jod" or "stable".',
    },
  );
}

function formatRequest(requested: string): string {
  return requested.length > 60 ? `${requested.slice(0, 59)}…` : requested;
}

function describeNearest(request: NodeRequest | null, versions: readonly string[]): string {
  const sorted = [...versions].sort(semver.compare);
  const wanted = request === null ? null : semver.minVersion(describeRange(request));
  if (wanted === null) return `the newest known is ${sorted.at(-1)}`;
  const findNewestOf = (line: string) => sorted.findLast((version) => computeLine(version) === line);
  const line = computeLine(wanted.version);
  const newestOfLine = findNewestOf(line);
  if (newestOfLine !== undefined) return `the newest of ${line} is ${newestOfLine}`;
  const older = sorted.findLast((version) => semver.lt(version, wanted));
  const newer = sorted.find((version) => semver.gt(version, wanted));
  const nearest = [older, newer && findNewestOf(computeLine(newer))].filter(
    (version) => version !== undefined,
  );
  return nearest.length === 1 ? `the nearest is ${nearest[0]}` : `the nearest are ${nearest.join(' and ')}`;
}

function describeRange(request: NodeRequest): string {
  return request.kind === 'exact' ? request.version : request.range;
}
