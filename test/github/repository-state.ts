/** A repository as the test's GitHub knows it: a token's owner, commit statuses, comments. */
import { type ApiServer, basicError, GRAPHQL } from './api-server.ts';

export interface RepositoryState {
  /** Login that the token belongs to. */
  viewer: string;
  readonly statuses: { readonly sha: string; readonly [key: string]: unknown }[];
  /** Oldest first, of all issues and pull requests. */
  readonly comments: StoredComment[];
}

export interface StoredComment {
  readonly id: number;
  readonly issue: number;
  readonly login: string;
  body: string;
}

/** Answers what the Action asks about commit statuses and comments of `happner/sample`. */
export function serveRepository(server: ApiServer): RepositoryState {
  const state: RepositoryState = { viewer: 'github-actions[bot]', statuses: [], comments: [] };
  serveStatuses(server, state);
  serveComments(server, state);
  server.serve(GRAPHQL, () => ({ status: 200, body: { data: { viewer: { login: state.viewer } } } }));
  return state;
}

function serveStatuses(server: ApiServer, state: RepositoryState): void {
  server.serve('repos/create-commit-status', ({ parameters, body }) => {
    const status = { sha: String(parameters['sha']), ...(body as object) };
    state.statuses.push(status);
    return { status: 201, body: { ...server.description.copyExample('status'), ...(body as object) } };
  });
}

function serveComments(server: ApiServer, state: RepositoryState): void {
  const describe = (comment: StoredComment) => {
    const example = server.description.copyExample('issue-comment');
    const user = { ...(example['user'] as object), login: comment.login };
    return { ...example, id: comment.id, body: comment.body, user };
  };
  server.serve('issues/list-comments', ({ parameters }) => {
    const { issue_number: issue, per_page: perPage = 30, page = 1 } = parameters as Record<string, number>;
    const all = state.comments.filter((comment) => comment.issue === issue);
    const link = `<${server.url}/repos/happner/sample/issues/${issue}/comments?per_page=${perPage}&page=${page + 1}>; rel="next"`;
    return {
      status: 200,
      body: all.slice((page - 1) * perPage, page * perPage).map(describe),
      headers: page * perPage < all.length ? { link } : {},
    };
  });
  server.serve('issues/create-comment', ({ parameters, body }) => {
    const comment = {
      id: 1 + Math.max(0, ...state.comments.map((one) => one.id)),
      issue: Number(parameters['issue_number']),
      login: state.viewer,
      body: (body as { body: string }).body,
    };
    state.comments.push(comment);
    return { status: 201, body: describe(comment) };
  });
  server.serve('issues/update-comment', ({ parameters, body }) => {
    const comment = state.comments.find((one) => one.id === parameters['comment_id']);
    if (!comment) return { status: 404, body: basicError('Not Found', '404') };
    comment.body = (body as { body: string }).body;
    return { status: 200, body: describe(comment) };
  });
}
