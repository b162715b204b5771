/**
 * Where things are on the site: links to pages, and what a page's own address says. Filters and ranges live in the address,
 * so that a link shows what its sender saw. Pure but for the two functions at the end.
 */
import type { EnvironmentName } from '../../data-format.ts';

export type Page = 'index' | 'repo' | 'series' | 'run' | 'compare' | 'changes' | 'runners';

/** What an address may say, in the order in which it says it; all are texts from outside. */
export const KEYS = [
  'repo',
  'file',
  'subject',
  'run',
  'base',
  'runner',
  'node',
  'job',
  'isolation',
  'base-runner',
  'base-node',
  'branch',
  'framework',
  'outcome',
  'state',
  'change',
  'axis',
  'range',
  'with',
  'show',
  'q',
] as const;

export type Key = (typeof KEYS)[number];

export type Query = { readonly [key in Key]?: string | number | null | undefined };

/** A relative link to a page, `./series.html?repo=a%2Fb&subject=7`; what is null or empty is left out. */
export function formatLink(page: Page, query: Query = {}): string {
  return `./${page}.html${formatQuery(query)}`;
}

/** `?repo=a%2Fb`, or nothing. */
export function formatQuery(query: Query): string {
  const search = new URLSearchParams();
  for (const key of KEYS) {
    const value = query[key];
    if (value !== null && value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** What a query says of the known keys; others are passed over. */
export function parseQuery(search: string): { readonly [key in Key]?: string } {
  const given = new URLSearchParams(search);
  const query: { [key in Key]?: string } = {};
  for (const key of KEYS) {
    const value = given.get(key);
    if (value !== null && value !== '') query[key] = value;
  }
  return query;
}

/** The part of an address that names an environment. Job type and isolation only where `all` has several of them. */
export function describeEnvironment(environment: EnvironmentName, all: readonly EnvironmentName[]): Query {
  const alike = all.filter(
    ({ runner, nodeLine }) => runner === environment.runner && nodeLine === environment.nodeLine,
  );
  const several = (key: 'jobType' | 'isolation') => new Set(alike.map((one) => one[key])).size > 1;
  return {
    runner: environment.runner,
    node: environment.nodeLine,
    job: several('jobType') ? environment.jobType : null,
    isolation: several('isolation') ? environment.isolation : null,
  };
}

/** Position of the first environment that fits what an address says; -1 for none. */
export function findEnvironment(query: Query, all: readonly EnvironmentName[]): number {
  return all.findIndex(
    (one) =>
      fits(query.runner, one.runner) &&
      fits(query.node, one.nodeLine) &&
      fits(query.job, one.jobType) &&
      fits(query.isolation, one.isolation),
  );
}

function fits(wanted: string | number | null | undefined, value: string): boolean {
  return wanted === null || wanted === undefined || String(wanted) === value;
}

/** A page at the server of the repository: a commit, or what came between two. Null when the repository's page is unknown. */
export function formatCommitLink(url: string | null, sha: string, base?: string): string | null {
  if (url === null || !/^https?:\/\//.test(url)) return null;
  const [to, from] = [encodeURIComponent(sha), base === undefined ? '' : encodeURIComponent(base)];
  return from === '' || from === to ? `${url}/commit/${to}` : `${url}/compare/${from}...${to}`;
}

/** What was chosen and is not in the address yet; null when all of it is. */
let chosen: { readonly [key in Key]?: string } | null = null;

/** What the address of this page says, or will say in a moment. */
export function readQuery(): { readonly [key in Key]?: string } {
  return chosen ?? parseQuery(location.search);
}

/** Changing an address takes a browser longer than drawing a chart, and Safari allows a hundred in half a minute. */
const PAUSE_MS = 120;

/** Changes what the address says without leaving the page, once choosing pauses. Null takes a key away. */
export function changeQuery(changes: Query): void {
  const isWaiting = chosen !== null;
  chosen = parseQuery(formatQuery({ ...readQuery(), ...changes }));
  if (isWaiting) return;
  setTimeout(writeAddress, PAUSE_MS);
  // Whoever leaves before that comes back to what was chosen.
  addEventListener('pagehide', writeAddress, { once: true });
}

function writeAddress(): void {
  if (chosen === null) return;
  const search = formatQuery(chosen);
  chosen = null;
  removeEventListener('pagehide', writeAddress);
  if (search !== location.search) {
    history.replaceState(history.state, '', `${location.pathname}${search}${location.hash}`);
  }
}
