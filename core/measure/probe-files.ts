/**
 * Where the parts are that run inside tested processes. They are files of their own, never bundled: the build
 * copies them so that the same relative path holds from a source module here and from a chunk in `dist/`.
 */
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const RECORDER = fileURLToPath(new URL('./probe/recorder.cjs', import.meta.url));
const FRAMEWORKS = fileURLToPath(new URL('./frameworks/', import.meta.url));

/** The absolute path of a framework's probe. */
export function computeProbePath(framework: string): string {
  return fileURLToPath(new URL(`./frameworks/${framework}/probe.cjs`, import.meta.url));
}

/** Whether a module that a tested process loaded is ours and not the repo's. */
export function isProbeFile(file: string): boolean {
  return file === RECORDER || (file.startsWith(FRAMEWORKS) && file.endsWith(`${sep}probe.cjs`));
}
