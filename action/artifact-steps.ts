/** What the commands about artifacts do, and how they say it. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { createNone, fetchTree } from '../core/artifacts/fetch-tree.ts';
import { listEntries, parseIndex } from '../core/artifacts/index-file.ts';
import { computeArtifactKey, splitKey } from '../core/artifacts/key.ts';
import { computeLegacyHash } from '../core/artifacts/legacy-hash.ts';
import { findUnnamedPins, removePins } from '../core/artifacts/prune.ts';
import { withInstallRoot } from '../core/artifacts/staging.ts';
import { ArtifactError, formatThrown } from '../core/errors.ts';
import { hasInstalledModules } from '../core/measure/dependencies/install-root.ts';
import { findPackageJson } from '../core/measure/package-json.ts';
import { formatUntrusted } from '../core/text.ts';
import { formatBytes, formatCount, formatDuration } from '../core/units.ts';
import { type ArtifactFlags, type ArtifactPlace, openArtifactPlace } from './artifact-place.ts';
import type { CommandContext } from './context.ts';
import { formatTable } from './text-table.ts';

const SHOWN_HASH_LENGTH = 12;

/** `key`. */
export async function showKey(path: string, flags: ArtifactFlags, context: CommandContext): Promise<void> {
  const { repoFolder, root, target } = await openArtifactPlace(path, flags, context);
  const key = await computeArtifactKey(repoFolder, target);
  const legacyHash = computeLegacyHash((await findPackageJson(root)) ?? {});
  context.terminal.print(flags.json ? formatJson({ key, target, legacyHash }) : key);
}

/** `pack`. */
export async function pack(path: string, flags: ArtifactFlags, context: CommandContext): Promise<void> {
  const { environment, terminal, signal } = context;
  // Of two compilers for what runs often one will do: what the second takes in its threads stays, 8 MB in a large tree.
  setFlagsFromString('--no-maglev');
  const place = await openArtifactPlace(path, flags, context);
  const { artifacts, root } = place;
  const { makeArtifact } = await import('../core/artifacts/make-artifact.ts');
  const { key, cid, bytes, entries, contentBytes, native } = await withInstallRoot(root, signal, () =>
    makeArtifact({
      ...place,
      // Named by flags, the target is the only one.
      targets: isTargetNamed(flags) ? [] : artifacts.settings.targets,
      inherited: environment.variables,
      signal,
      onProgress: terminal.showStatus,
      onNotice: terminal.tell,
    }),
  );
  terminal.clearStatus();
  const index = artifacts.index.label;
  if (flags.json) {
    terminal.print(formatJson({ key, cid: cid.toString(), bytes, entries, contentBytes, native, index }));
    return;
  }
  terminal.print(`${key}:${cid}`);
  const size = `${formatCount(entries, 'entry', 'entries')}, ${formatBytes(contentBytes)}, packed ${formatBytes(bytes)}`;
  terminal.tell(`${size}; recorded in ${index}`);
}

/** `restore`. */
export async function restore(
  path: string,
  flags: ArtifactFlags & { readonly force?: boolean },
  context: CommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  const place = await openArtifactPlace(path, flags, context);
  const { repoFolder, root, artifacts, target } = place;
  const key = await computeArtifactKey(repoFolder, target);
  const startedMs = performance.now();
  const fetched = await withInstallRoot(root, signal, async () => {
    if (flags.force !== true && (await hasInstalledModules(root))) throw createPresent(root);
    const cid = await artifacts.index.find(key);
    if (cid === undefined) throw createNone({ root, key, target, artifacts });
    return fetchTree({ artifacts, root, cid, signal, onProgress: terminal.showStatus });
  });
  const durationMs = performance.now() - startedMs;
  terminal.clearStatus();
  if (flags.json) terminal.print(formatJson({ key, ...fetched, folder: root, durationMs }));
  else terminal.tell(`restored ${root}: ${formatBytes(fetched.bytes)} in ${formatDuration(durationMs)}`);
}

/** `list`. */
export async function list(path: string, flags: ArtifactFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { artifacts } = await openArtifactPlace(path, flags, context);
  const entries = (await artifacts.index.list()).map(({ key, cid }) => ({ key, cid: cid.toString() }));
  if (flags.json) terminal.print(formatJson({ index: artifacts.index.label, artifacts: entries }));
  else if (entries.length === 0) terminal.tell(`${artifacts.index.label} names no artifact.`);
  else terminal.print(formatEntries(entries, terminal.width));
}

/** Of a key what people tell apart: where it runs, and the beginning of the hash of what it holds. */
function formatEntries(
  entries: readonly { readonly key: string; readonly cid: string }[],
  width: number,
): string {
  const columns = [{ title: 'for' }, { title: 'packages' }, { title: 'cid', flexible: 'middle' as const }];
  const rows = entries.map(({ key, cid }) => {
    const { target, hash } = splitKey(key) ?? { target: formatUntrusted(key), hash: '' };
    return [target, hash.slice(0, SHOWN_HASH_LENGTH), cid];
  });
  return formatTable(columns, rows, width);
}

/** `prune`. */
export async function prune(
  path: string,
  flags: ArtifactFlags & { readonly remove?: boolean },
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const { artifacts } = await openArtifactPlace(path, flags, context);
  const { index, settings } = artifacts;
  const node = await artifacts.openNode();
  const pins = await findUnnamedPins({ node, index, repository: settings.repository });
  if (flags.remove) await removePins(node, pins);
  const removed = flags.remove === true;
  if (flags.json) {
    const named = pins.map(({ cid, name }) => ({ cid: cid.toString(), name }));
    terminal.print(formatJson({ pins: named, removed }));
    return;
  }
  for (const { cid, name } of pins) terminal.print(`${cid}  ${formatUntrusted(name)}`);
  const what = formatCount(pins.length, 'pin');
  if (pins.length === 0) terminal.tell(`Every pin of ${settings.repository} is in ${index.label}.`);
  else terminal.tell(removed ? `Removed ${what}.` : `Would remove ${what}: add --remove.`);
}

/** `import-index`. */
export async function importIndex(
  path: string,
  flags: ArtifactFlags & { readonly file?: string; readonly adopt?: boolean },
  context: CommandContext,
): Promise<void> {
  const { environment, terminal } = context;
  const place = await openArtifactPlace(path, flags, context);
  const { artifacts, repoFolder, root, target } = place;
  const file = resolve(environment.workingFolder, flags.file ?? join(repoFolder, 'artifact_hashes.txt'));
  const old = parseIndex(await readText(file));
  for (const { line, text } of old.problems) {
    terminal.tell(`${file}:${line}: is no <hash>:<CID>: ${formatUntrusted(text.slice(0, 100))}`);
  }
  const entries = [...listEntries(old)];
  const legacyHash = computeLegacyHash((await findPackageJson(root)) ?? {});
  const fitting = entries.find(({ key }) => key === legacyHash);
  const key = await computeArtifactKey(repoFolder, target);
  const adopted = flags.adopt === true && fitting !== undefined;
  if (adopted) entries.push({ key, cid: fitting.cid });
  if (entries.length > 0) await artifacts.index.record(entries);
  if (flags.json) {
    const { label } = artifacts.index;
    terminal.print(
      formatJson({ index: label, imported: entries.length, problems: old.problems, legacyHash, adopted }),
    );
    return;
  }
  terminal.tell(`${formatCount(entries.length, 'record')} taken into ${artifacts.index.label}.`);
  if (fitting !== undefined && !adopted) {
    terminal.tell(
      `${legacyHash} is what the ancestor called these dependencies; --adopt records it as ${key}.`,
    );
  }
}

function isTargetNamed({ platform, arch, libc, nodeAbi }: ArtifactFlags): boolean {
  return [platform, arch, libc, nodeAbi].some((flag) => flag !== undefined);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ArtifactError(`${file}: the index cannot be read: ${formatThrown(cause)}.`, {
      code: 'artifact/index-unreadable',
      hint: "Name the ancestor's artifact_hashes.txt with --file.",
      cause,
    });
  }
}

function createPresent(root: ArtifactPlace['root']): ArtifactError {
  return new ArtifactError(`${root}: there is a node_modules already.`, {
    code: 'artifact/present',
    hint: 'Remove it, or add --force to have it replaced.',
  });
}

function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
