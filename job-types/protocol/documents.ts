/**
 * The documents of a job: `protocol.md` and `protocol.json` of each version that was recorded, and `changes.md` between the
 * last two versions that there are documents of, by this job or an earlier one. Bytes depend on nothing but the protocols.
 */
import semver from 'semver';
import type { JobResult } from '../../core/job-type.ts';
import type { EarlierFiles } from '../../core/measure/host.ts';
import type { Document } from '../../core/model.ts';
import { compareProtocols } from './compare.ts';
import type { ProtocolFamily } from './family.ts';
import { computeFolder, formatProtocol, type Protocol, parseProtocol } from './protocol-file.ts';
import { renderChanges } from './render-changes.ts';
import { renderProtocol } from './render-protocol.ts';

const JSON_NAME = 'protocol.json';

export async function writeDocuments(
  family: ProtocolFamily,
  of: { readonly protocols: readonly Protocol[]; readonly earlier: EarlierFiles },
): Promise<JobResult> {
  const { protocols } = of;
  if (protocols.length === 0) return {};
  const before = await readEarlier(of.earlier, family.library);
  const files = protocols.flatMap(createVersionFiles);
  const changes = createChanges(family, mergeVersions(before, protocols));
  if (changes !== null) files.push(createMarkdown('changes.md', changes));
  const summary = createSummary(family, { before, protocols });
  return { files, ...(summary === null ? {} : { summary }) };
}

function createVersionFiles(protocol: Protocol): Document[] {
  const folder = computeFolder(protocol);
  return [
    createMarkdown(`${folder}/protocol.md`, renderProtocol(protocol)),
    { name: `${folder}/${JSON_NAME}`, mediaType: 'application/json', content: formatProtocol(protocol) },
  ];
}

function createMarkdown(name: string, content: string): Document {
  return { name, mediaType: 'text/markdown', content };
}

async function readEarlier(earlier: EarlierFiles, library: string): Promise<Protocol[]> {
  const protocols: Protocol[] = [];
  for (const name of await earlier.list()) {
    if (!name.endsWith(`/${JSON_NAME}`)) continue;
    const protocol = parseProtocol((await earlier.read(name)) ?? '');
    if (protocol?.library === library && semver.valid(protocol.version) !== null) protocols.push(protocol);
  }
  return protocols;
}

/** One protocol for each version, the newer where there are two; oldest version first. */
function mergeVersions(before: readonly Protocol[], now: readonly Protocol[]): Protocol[] {
  const versions = new Map([...before, ...now].map((protocol) => [protocol.version, protocol]));
  return [...versions.values()].sort((one, other) => semver.compare(one.version, other.version));
}

/** Between the last two versions; null when there is one only. */
function createChanges(family: ProtocolFamily, protocols: readonly Protocol[]): string | null {
  const [before, after] = protocols.slice(-2);
  return before === undefined || after === undefined
    ? null
    : renderChanges(compareProtocols(before, after, family));
}

/** What is new since the last job; null when that is nothing. */
function createSummary(
  family: ProtocolFamily,
  { before, protocols }: { readonly before: readonly Protocol[]; readonly protocols: readonly Protocol[] },
): string | null {
  const known = mergeVersions(before, []);
  const all = mergeVersions(before, protocols);
  const parts = protocols.flatMap((protocol): string[] => {
    const same = known.find(({ version }) => version === protocol.version);
    if (same !== undefined) {
      const isSame = formatProtocol(same) === formatProtocol(protocol);
      return isSame ? [] : [renderChanges(compareProtocols(same, protocol, family), 'what it was before')];
    }
    const previous = all[all.indexOf(protocol) - 1];
    // Of several new versions, the last two are of interest.
    if (previous === undefined || protocol !== all.at(-1)) return [];
    return [renderChanges(compareProtocols(previous, protocol, family))];
  });
  const fresh = protocols.filter(({ version }) => !known.some((one) => one.version === version));
  if (parts.length === 0 && fresh.length > 0) {
    parts.push(`Written down: ${family.library} ${fresh.map(({ version }) => version).join(', ')}.\n`);
  }
  return parts.length === 0 ? null : parts.join('\n');
}
