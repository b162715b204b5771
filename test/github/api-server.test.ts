import { describe, expect, it } from 'vitest';
import { type ApiServer, openApiServer, TEST_TOKEN } from './api-server.ts';
import { serveRepository } from './repository-state.ts';

const HEADERS = {
  accept: 'application/vnd.github.v3+json',
  authorization: `token ${TEST_TOKEN}`,
  'user-agent': 'tracey/1.2.3 test',
  'x-github-api-version': '2022-11-28',
};
const STATUS = '/repos/happner/sample/statuses/c0ffee';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function send(server: ApiServer, { method = 'POST', path = STATUS, headers, body }: Sent) {
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body ?? { state: 'success' }) };
  const type = method === 'GET' ? {} : { 'content-type': 'application/json' };
  const response = await fetch(server.url + path, {
    method,
    headers: { ...HEADERS, ...type, ...headers },
    ...sent,
  });
  await response.text();
  return server.problems.splice(0);
}

describe('the GitHub of the tests', () => {
  it.each<[string, Sent, string]>([
    ['a path', { path: '/repos/happner/sample/states/c0ffee' }, 'no such operation'],
    ['a method', { method: 'PUT' }, 'no such operation'],
    ['a value', { body: { state: 'green' } }, ' /state must be equal to one of the allowed values'],
    ['a type', { body: { state: 'success', description: 7 } }, ' /description must be string'],
    ['a property', { body: { state: 'success', sha: 'c0ffee' } }, ' unknown property sha'],
    ['a body without what it needs', { body: {} }, "must have required property 'state'"],
    [
      'a parameter',
      { method: 'GET', path: '/repos/happner/sample/issues/7/comments?per=100' },
      'unknown query parameter per',
    ],
    [
      'the type of a parameter',
      { method: 'GET', path: '/repos/happner/sample/issues/seven/comments' },
      'parameter issue_number must be integer',
    ],
    ['a token', { headers: { authorization: 'token x' } }, 'header authorization is token x'],
    [
      'an API version',
      { headers: { 'x-github-api-version': '2020-01-01' } },
      'header x-github-api-version is',
    ],
    ['an accepted type', { headers: { accept: '*/*' } }, 'header accept is */*'],
    ['a user agent', { headers: { 'user-agent': 'node' } }, 'header user-agent is node'],
  ])('notices %s that GitHub does not know', async (_, sent, problem) => {
    const server = await openApiServer();
    serveRepository(server);
    const problems = await send(server, sent);
    expect(problems[0]).toContain(problem);
    expect(problems.filter((one) => !one.startsWith(`${sent.method ?? 'POST'} `))).toEqual([]);
  });

  it('finds nothing wrong with a request that is right', async () => {
    const server = await openApiServer();
    serveRepository(server);
    expect(await send(server, {})).toEqual([]);
    expect(await send(server, { method: 'GET', path: '/repos/happner/sample/issues/7/comments' })).toEqual(
      [],
    );
  });

  it('holds its own answers to the description', async () => {
    const server = await openApiServer();
    server.answerNext('repos/create-commit-status', { status: 201, body: { id: 'one' } }, { status: 418 });
    const problems = await send(server, {});
    expect(problems).toContain('repos/create-commit-status 201/id must be integer');
    expect(await send(server, {})).toEqual(['repos/create-commit-status never answers 418']);
    expect(await send(server, {})).toContain('repos/create-commit-status: nobody answers it in this test');
  });

  it('serves only what GitHub has', async () => {
    const server = await openApiServer();
    expect(() => server.serve('repos/measure', () => ({ status: 200 }))).toThrow(
      'the description has no operation repos/measure',
    );
  });
});
