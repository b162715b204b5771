/**
 * Where the parts are that run inside tested processes. They are files of their own, never bundled: the build
 * copies them so that the same relative path holds from a source module here and from a chunk in `dist/`.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['./probe/', './frameworks/'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** The folders of our parts, absolute, with `/` at the end; beside each other, as their files know them. */
export function computeProbeFolders(): { readonly probe: string; readonly frameworks: string } {
  const [probe = '', frameworks = ''] = FOLDERS;
  return { probe, frameworks };
}

/** The absolute path of a framework's probe. */
export function computeProbePath(framework: string): string {
  return join(computeProbeFolders().frameworks, framework, 'probe.cjs');
}

/** Whether a module that a tested process loaded is ours and not the repo's. */
export function isProbeFile(file: string): boolean {
  return file.endsWith('.cjs') && FOLDERS.some((folder) => file.startsWith(folder));
}
