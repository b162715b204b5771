/** The file of an index as the test's GitHub keeps it: whoever writes it must name what he read. */
import { expect } from 'vitest';
import { type ApiServer, basicError } from './api-server.ts';

export const GET_INDEX = 'repos/get-content';
export const PUT_INDEX = 'repos/create-or-update-file-contents';

/** The description also knows a violated rule, which has `metadata`: this must be no such thing. */
const CONFLICT = { ...basicError('artifact_hashes.txt does not match', '409'), metadata: null };

export interface ServedIndex {
  /** Null when there is no such file. */
  text: string | null;
  version: number;
  readonly messages: string[];
}

/** Serves `artifact_hashes.txt` of the branch `main`. */
export function serveIndexFile(server: ApiServer, text: string | null): ServedIndex {
  const state: ServedIndex = { text, version: 0, messages: [] };
  server.serve(GET_INDEX, ({ parameters }) => {
    expect(parameters).toMatchObject({ path: 'artifact_hashes.txt', ref: 'main' });
    if (state.text === null) return { status: 404, body: basicError('Not Found', '404') };
    const content = Buffer.from(state.text).toString('base64');
    const example = server.description.copyExample('content-file-response-if-content-is-a-file');
    const file = { type: 'file', encoding: 'base64', content, size: state.text.length };
    return { status: 200, body: { ...example, ...file, sha: `sha-${state.version}` } };
  });
  server.serve(PUT_INDEX, ({ body }) => {
    const { sha, message, content, branch } = body as Record<string, string>;
    expect(branch).toBe('main');
    const known = state.text === null ? undefined : `sha-${state.version}`;
    if (sha !== known) return { status: 409, body: CONFLICT };
    state.text = Buffer.from(content ?? '', 'base64').toString();
    state.version += 1;
    state.messages.push(message ?? '');
    return { status: 200, body: server.description.copyExample('file-commit') };
  });
  return state;
}
