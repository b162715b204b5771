/**
 * A GitHub API on loopback that holds every request, and every answer of its own, against GitHub's official
 * description: path, method, parameters, headers and body. What does not fit is a failure of the test that asked,
 * whatever else it asserts. What it answers is registered by operation; it can be told to misbehave.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import type { ApiDescriptionName } from '../../scripts/peers/github-api.ts';
import { type ApiDescription, loadDescription, type Operation } from './api-description.ts';

export const TEST_TOKEN = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';
const API_VERSIONS = ['2022-11-28', '2026-03-10'];
/** GitHub answers so to any operation, whether its description says so or not. */
const GENERAL_STATUSES = [301, 302, 307, 308, 401, 403, 404, 409, 429, 500, 502, 503, 504];

export interface ApiRequest {
  /** Null when there is no such operation. */
  readonly operationId: string | null;
  readonly method: string;
  /** Without the query, as it was sent. */
  readonly path: string;
  /** In path and query, of the types that the description gives them. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ApiHandler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

/** GraphQL is no operation of the REST description; what is asked there is for the test to look at. */
export const GRAPHQL = 'graphql';
const graphql: Operation = {
  id: GRAPHQL,
  method: 'POST',
  parameters: [],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['query'],
          properties: { query: { type: 'string' }, variables: { type: 'object' } },
        },
      },
    },
  },
  responses: { '200': {} },
  pattern: /^\/graphql$/,
  literal: 0,
};

/** `silence`: never an answer; `reset`: the connection is cut. */
type Misbehaviour = 'silence' | 'reset';

export interface ApiServer {
  /** What a client takes for `apiUrl`. */
  readonly url: string;
  readonly description: ApiDescription;
  /** What did not fit the description so far; the test fails when anything is left in it. */
  readonly problems: string[];
  /** Every request so far, also of operations that nobody registered. */
  readonly requests: readonly ApiRequest[];
  /** Answers an operation from now on. */
  readonly serve: (operationId: string, handler: ApiHandler) => void;
  /** Answers the next requests of an operation so, one after the other, before its handler has its turn again. */
  readonly answerNext: (operationId: string, ...answers: readonly (ApiAnswer | Misbehaviour)[]) => void;
  /** The requests of one operation so far. */
  readonly listRequests: (operationId: string) => readonly ApiRequest[];
}

export interface ApiServerOptions {
  readonly description?: ApiDescriptionName;
  /** Before every path, as on Enterprise servers: `/api/v3`. */
  readonly prefix?: string;
  /** Whether it is asked by somebody without a token. */
  readonly isAnonymous?: boolean;
}

/** Starts a server that ends with the test, and fails it when a request or an answer did not fit the description. */
export async function openApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { prefix = '', isAnonymous = false } = options;
  const description = loadDescription(options.description ?? 'api.github.com');
  const handlers = new Map<string, ApiHandler>();
  const planned = new Map<string, (ApiAnswer | Misbehaviour)[]>();
  const requests: ApiRequest[] = [];
  const problems: string[] = [];

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { request, operation, found } = await readRequest({ incoming, prefix, description, isAnonymous });
    requests.push(request);
    problems.push(...found.map((problem) => `${request.method} ${request.path}: ${problem}`));
    if (operation === null) return send(response, { status: 404, body: basicError('Not Found', '404') });
    if (found.length > 0)
      return send(response, { status: 422, body: basicError('Validation Failed', '422') });
    const next = planned.get(operation.id)?.shift() ?? (await handlers.get(operation.id)?.(request));
    if (next === 'silence') return;
    if (next === 'reset') return void incoming.socket.destroy();
    if (next === undefined) problems.push(`${operation.id}: nobody answers it in this test`);
    const sent = next ?? { status: 501, body: basicError('Not Implemented', '501') };
    problems.push(
      ...checkAnswer({ description, operation, answer: sent }).map((one) => `${operation.id} ${one}`),
    );
    send(response, sent);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((thrown) => {
      problems.push(`${incoming.method} ${incoming.url}: ${thrown}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(problems).toEqual([]);
  });
  const requireOperation = (operationId: string) => {
    if (operationId === GRAPHQL || description.has(operationId)) return;
    throw new Error(`the description has no operation ${operationId}`);
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    description,
    problems,
    requests,
    serve(operationId, handler) {
      requireOperation(operationId);
      handlers.set(operationId, handler);
    },
    answerNext(operationId, ...answers) {
      requireOperation(operationId);
      planned.set(operationId, [...(planned.get(operationId) ?? []), ...answers]);
    },
    listRequests: (operationId) => requests.filter((one) => one.operationId === operationId),
  };
}

/** A body as GitHub's errors have it. */
export function basicError(message: string, status: string): Record<string, string> {
  return { message, documentation_url: 'https://docs.github.com/rest', status };
}

interface ReadRequest {
  readonly request: ApiRequest;
  readonly operation: Operation | null;
  readonly found: readonly string[];
}

async function readRequest(of: {
  readonly incoming: IncomingMessage;
  readonly prefix: string;
  readonly description: ApiDescription;
  readonly isAnonymous: boolean;
}): Promise<ReadRequest> {
  const { incoming, prefix, description, isAnonymous } = of;
  const method = incoming.method ?? '';
  const url = new URL(incoming.url ?? '', 'http://api.test');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const bare = { method, path: url.pathname, headers: incoming.headers, body };
  const match = findOperation({ method, path: url.pathname, prefix, description });
  if (match === undefined) {
    return {
      request: { ...bare, operationId: null, parameters: {} },
      operation: null,
      found: ['no such operation'],
    };
  }
  const { operation, inPath } = match;
  const { parameters, found } = parseParameters({ description, operation, inPath, query: url.searchParams });
  const request = { ...bare, operationId: operation.id, parameters };
  return {
    request,
    operation,
    found: [
      ...found,
      ...checkHeaders(request, isAnonymous),
      ...checkBody({ description, operation, request }),
    ],
  };
}

function findOperation(of: {
  readonly method: string;
  readonly path: string;
  readonly prefix: string;
  readonly description: ApiDescription;
}): ReturnType<ApiDescription['find']> {
  const { method, path, prefix, description } = of;
  // Beside `/api/v3`, not below it.
  if (method === graphql.method && path === `${prefix.replace(/\/v3$/, '')}/graphql`) {
    return { operation: graphql, inPath: {} };
  }
  return path.startsWith(prefix) ? description.find(method, path.slice(prefix.length)) : undefined;
}

function parseParameters(of: {
  readonly description: ApiDescription;
  readonly operation: Operation;
  readonly inPath: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}) {
  const { description, operation, inPath, query } = of;
  const parameters: Record<string, unknown> = {};
  const found: string[] = [];
  const known = new Set(operation.parameters.filter((one) => one.in === 'query').map((one) => one.name));
  for (const name of query.keys()) if (!known.has(name)) found.push(`unknown query parameter ${name}`);
  for (const { name, in: place, required, schema } of operation.parameters) {
    if (place === 'header') continue;
    const text = place === 'path' ? inPath[name] : query.get(name);
    if (text === undefined || text === null) {
      if (required) found.push(`parameter ${name} is missing`);
      continue;
    }
    found.push(...description.check(schema, text, { coerce: true }).map((one) => `parameter ${name}${one}`));
    parameters[name] = schema['type'] === 'integer' ? Number(text) : text;
  }
  return { parameters, found };
}

function checkHeaders({ headers, body }: ApiRequest, isAnonymous: boolean): string[] {
  const found: string[] = [];
  const expected: readonly (readonly [name: string, pattern: RegExp])[] = [
    ['accept', /^application\/vnd\.github(\.v3)?(\.raw)?\+json$/],
    ['x-github-api-version', new RegExp(`^(${API_VERSIONS.join('|')})$`)],
    ['user-agent', /^tracey\/\d+\.\d+\.\d+/],
    ...(isAnonymous ? [] : [['authorization', new RegExp(`^(token|Bearer) ${TEST_TOKEN}$`)] as const]),
    ...(body === undefined ? [] : [['content-type', /^application\/json(; charset=utf-8)?$/] as const]),
  ];
  for (const [name, pattern] of expected) {
    const value = headers[name];
    if (typeof value !== 'string' || !pattern.test(value)) found.push(`header ${name} is ${value}`);
  }
  return found;
}

function checkBody(of: {
  readonly description: ApiDescription;
  readonly operation: Operation;
  readonly request: ApiRequest;
}): string[] {
  const { description, operation, request } = of;
  const schema = description.findBodySchema(operation.requestBody);
  if (schema === undefined) return request.body === undefined ? [] : ['a body where none belongs'];
  if (request.body === undefined) return operation.requestBody?.required ? ['the body is missing'] : [];
  const names = description.listProperties(schema);
  const unknown = Object.keys(request.body as object).filter((name) => names && !names.includes(name));
  return [...description.check(schema, request.body), ...unknown.map((name) => `unknown property ${name}`)];
}

function checkAnswer(of: {
  readonly description: ApiDescription;
  readonly operation: Operation;
  readonly answer: ApiAnswer;
}): string[] {
  const { description, operation, answer } = of;
  const described = operation.responses[String(answer.status)];
  if (described === undefined && !GENERAL_STATUSES.includes(answer.status)) {
    return [`never answers ${answer.status}`];
  }
  const schema = description.findBodySchema(described);
  return schema ? description.check(schema, answer.body).map((one) => `${answer.status}${one}`) : [];
}

function send(response: ServerResponse, { status, body, headers }: ApiAnswer): void {
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'x-github-media-type': 'github.v3; format=json',
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
