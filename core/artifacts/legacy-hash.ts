/** The name that the ancestor gave an artifact: a hash of the dependency sections of package.json. Pure. */

/** What of a package.json it hashed; a section that is absent counts as an empty one. */
export interface LegacySections {
  readonly dependencies?: Readonly<Record<string, unknown>> | undefined;
  readonly devDependencies?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The ancestor's hash: `h = ((h << 5) - h) + charCode` in 32 bits over both sections as JSON, their keys sorted without
 * regard to case, then without its sign. It knew neither lockfiles nor platforms: a hint at what an artifact holds,
 * nothing to restore by.
 */
export function computeLegacyHash({ dependencies = {}, devDependencies = {} }: LegacySections): string {
  const text = JSON.stringify({
    devDependencies: sortKeys(devDependencies),
    dependencies: sortKeys(dependencies),
  });
  let hash = 0;
  for (let index = 0; index < text.length; index += 1)
    hash = ((hash << 5) - hash + text.charCodeAt(index)) | 0;
  return String(Math.abs(hash));
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => ({ key, folded: key.toLowerCase(), child }));
  entries.sort((a, b) => (a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0));
  return Object.fromEntries(entries.map(({ key, child }) => [key, sortKeys(child)]));
}
