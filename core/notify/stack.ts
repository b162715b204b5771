/** What a V8 stack tells about the test file in it. Stacks are texts of tested code: nothing in them is trusted. */

/** `    at name (file:line:column)`, `    at async file:line:column`. */
const FRAME = /^\s*at (?:.*?\()?(?:async )?([^()]+?):(\d+):\d+\)?$/;
/** Above the source of a syntax error: `file:line`. */
const HEADER = /^(\S.*):(\d+)$/;
/** Frames of Node itself and of what Tracey runs in the tested process. */
const FOREIGN = /\(?node:|\/(?:probe|frameworks\/\w+)\/[\w-]+\.cjs:\d+:\d+\)?$/;

export interface ReadStack {
  /** Without what is of no use to the reader: frames of Node and Tracey, the folder that the repo was in. */
  readonly text: string;
  /** 1-based line in the file where it happened last; null when the file is not in it. */
  readonly line: number | null;
}

/**
 * Reads a stack as the test file sees it.
 *
 * @param path the test file's, relative to the repo's root; in the stack it may be absolute, or an URL
 */
export function readStack(stack: string, path: string): ReadStack {
  const lines = stack.split('\n');
  let found: { readonly file: string; readonly line: number } | null = null;
  for (const [index, line] of lines.entries()) {
    const match = FRAME.exec(line) ?? (index === 0 ? HEADER.exec(line) : null);
    const [, file = '', number = ''] = match ?? [];
    if (match === null || !isFile(file, path)) continue;
    found = { file, line: Number(number) };
    break;
  }
  const kept = lines.filter((line) => !(/^\s*at /.test(line) && FOREIGN.test(line))).join('\n');
  const folder = found?.file.slice(0, -path.length) ?? '';
  const text =
    folder === '' ? kept : kept.replaceAll(folder, '').replaceAll(folder.replace(/^file:\/\//, ''), '');
  return { text, line: found?.line ?? null };
}

/** Whether a file of a stack is the one at `path`, not a namesake in a package. */
function isFile(file: string, path: string): boolean {
  return (
    file === path || (file.endsWith(`/${path}`) && !file.slice(0, -path.length).includes('/node_modules/'))
  );
}
