/**
 * The fingerprint of a test file: a hash of the contents of every module it loaded, its own apart. Two runs
 * with the same fingerprint ran the same code under test.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { isProbeFile } from './probe-files.ts';
import type { LoadedModules } from './told.ts';

interface Hashed {
  /** Its path and the hash of its contents, as they go into a fingerprint. */
  readonly line: string;
  /** Whether it may load ES modules that an old Node does not tell us about. */
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
  /** null for what is left out: ours, or gone again, made and removed by the test itself. */
  const cache = new Map<string, Hashed | null>();

  function hashOnce(file: string): Hashed | null {
    const known = cache.get(file);
    if (known !== undefined) return known;
    const hashed = isProbeFile(file) ? null : hashModule(file, relative(repoFolder, file));
    cache.set(file, hashed);
    return hashed;
  }

  return {
    compute(file: string, modules: LoadedModules | null): string | null {
      if (modules === null || modules.children || modules.hidden) return null;
      const lines: string[] = [];
      for (const [index, module] of modules.files.entries()) {
        const hashed = hashOnce(module);
        if (hashed === null) continue;
        const isFramework = index < modules.early || module.startsWith(frameworkFolder + sep);
        if (hashed.mayImport && !modules.seesImports && !isFramework) return null;
        if (module === file) continue;
        lines.push(hashed.line);
      }
      return hash('sha256', lines.sort().join(''), 'hex');
    },
  };
}

function hashModule(file: string, path: string): Hashed | null {
  try {
    const content = readFileSync(file);
    return {
      line: `${path.split(sep).join('/')} ${hash('sha256', content, 'hex')}\n`,
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
