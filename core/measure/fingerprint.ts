/**
 * The fingerprint of a test file: a hash of the contents of every module it loaded, its own apart. Two runs
 * with the same fingerprint ran the same code under test.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { isProbeFile } from './probe-files.ts';
import type { LoadedModules } from './told.ts';

/** A module's content hash, and whether it may load ES modules that an old Node does not tell us about. */
interface Hashed {
  readonly hash: string;
  readonly mayImport: boolean;
}

/**
 * Computes fingerprints for the files of one run; a module is read once for all of them.
 *
 * @param frameworkFolder the framework's own modules are known to import nothing but what the probe notes
 * @returns `compute(file, modules)`: SHA-256 in hex, or null when what ran cannot be known completely — the test
 *   started other processes, or loaded ES modules and was not watched for them (see probe/modules.cjs)
 */
export function createFingerprints({
  repoFolder,
  frameworkFolder,
}: {
  readonly repoFolder: string;
  readonly frameworkFolder: string;
}) {
  const cache = new Map<string, Promise<Hashed | null>>();

  function hashOnce(file: string): Promise<Hashed | null> {
    const known = cache.get(file);
    if (known) return known;
    const hashed = hashModule(file);
    cache.set(file, hashed);
    return hashed;
  }

  return {
    async compute(file: string, modules: LoadedModules | null): Promise<string | null> {
      if (modules === null || modules.children || modules.hidden) return null;
      const lines: string[] = [];
      for (const [index, module] of modules.files.entries()) {
        if (isProbeFile(module)) continue;
        const hashed = await hashOnce(module);
        if (hashed === null) continue;
        const isFramework = index < modules.early || module.startsWith(frameworkFolder + sep);
        if (hashed.mayImport && !modules.seesImports && !isFramework) return null;
        if (module === file) continue;
        lines.push(`${relative(repoFolder, module).split(sep).join('/')} ${hashed.hash}\n`);
      }
      const fingerprint = createHash('sha256');
      for (const line of lines.sort()) fingerprint.update(line);
      return fingerprint.digest('hex');
    },
  };
}

/** null for a module that is gone again: made and removed by the test itself. */
async function hashModule(file: string): Promise<Hashed | null> {
  try {
    const content = await readFile(file);
    return {
      hash: createHash('sha256').update(content).digest('hex'),
      mayImport:
        (content.includes('import') || content.includes('export')) && hasImport(content.toString('latin1')),
    };
  } catch {
    return null;
  }
}

/** Whether it is an ES module, or calls `import()` outside comments, where it names a type. */
function hasImport(source: string): boolean {
  return source.split('\n').some((line) => {
    if (/^(import|export)(\s+[\w{*]|\s*[{*'"])/.test(line)) return true;
    if (!/\bimport\s*\(/.test(line)) return false;
    const code = line.replace(/\/\*.*?\*\//g, '').trimStart();
    return !/^(\*|\/\/|\/\*)/.test(code) && /\bimport\s*\(/.test(code);
  });
}
