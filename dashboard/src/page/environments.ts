/** Environments by name: what a reader sees, what an address says, and the choice of one. */
import type { Environment, EnvironmentName } from '../../data-format.ts';
import { changeQuery, describeEnvironment, findEnvironment, type Query } from './address.ts';
import { createSelect } from './fields.ts';
import { showText } from './marks.ts';

/** `bench, Node 24`; job type and isolation where there are several. */
export function formatEnvironment(environment: EnvironmentName, all: readonly EnvironmentName[]): string {
  const { job, isolation } = describeEnvironment(environment, all);
  const parts = [showText(environment.runner), `Node ${environment.nodeLine}`];
  if (job) parts.push(String(job));
  if (isolation) parts.push(`isolation ${isolation}`);
  return parts.join(', ');
}

/** Names an environment among others in one word of an address. */
export function formatEnvironmentKey(environment: EnvironmentName): string {
  const { runner, nodeLine, jobType, isolation } = environment;
  return [runner, nodeLine, jobType, isolation].map(encodeURIComponent).join('/');
}

/** The environments of an address' list, as positions; unknown ones are passed over. */
export function parseEnvironmentKeys(text: string | undefined, all: readonly EnvironmentName[]): number[] {
  const wanted = new Set((text ?? '').split(' '));
  return all.flatMap((environment, position) =>
    wanted.has(formatEnvironmentKey(environment)) ? [position] : [],
  );
}

export interface EnvironmentSelectOptions {
  readonly label: string;
  readonly all: readonly Environment[];
  /** Positions that can be chosen. */
  readonly among: readonly number[];
  readonly chosen: number;
  readonly changed: (chosen: number) => void;
}

export function createEnvironmentSelect({
  label,
  all,
  among,
  chosen,
  changed,
}: EnvironmentSelectOptions): HTMLElement {
  return createSelect({
    name: 'environment',
    label,
    value: String(chosen),
    choices: among.map((position) => ({
      value: String(position),
      text: formatEnvironment(all[position] as Environment, all),
    })),
    changed: (value) => changed(Number(value)),
  });
}

/** The part of an address that names an environment, with keys that it does not need taken away. */
export function changeEnvironmentInAddress(
  environment: EnvironmentName,
  all: readonly EnvironmentName[],
): void {
  changeQuery(describeEnvironment(environment, all));
}

/** Which of some environments an address means; the first of them when it names none, -1 when it names one that is not there. */
export function chooseEnvironment(
  query: Query,
  all: readonly Environment[],
  among: readonly number[],
): number {
  const few = among.map((position) => all[position] as Environment);
  const found = findEnvironment(query, few);
  return found < 0 ? -1 : (among[found] as number);
}
