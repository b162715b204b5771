import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseInputs } from '../../action/github/inputs.ts';

const ACTION = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as {
  readonly inputs: Record<string, { readonly description: string; readonly default?: string }>;
  readonly outputs: Record<string, { readonly description: string }>;
};

/** What the runner sets for a step: every input, those not written with their defaults. */
function makeVariables(written: Readonly<Record<string, string>> = {}): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, { default: value = '' }] of Object.entries(ACTION.inputs)) {
    variables[`INPUT_${name.toUpperCase()}`] = written[name] ?? value;
  }
  return variables;
}

describe('the inputs', () => {
  it('are all read, and no other', () => {
    const read: string[] = [];
    parseInputs(new Proxy({}, { get: (_, name) => void read.push(String(name)) }));
    expect([...new Set(read)].sort()).toEqual(Object.keys(makeVariables()).sort());
  });

  it('are what their descriptions say when nothing is written', () => {
    expect(parseInputs({ ...makeVariables(), INPUT_TOKEN: 'ghs_x' })).toEqual({
      command: 'run',
      repository: undefined,
      ref: undefined,
      config: undefined,
      jobType: undefined,
      nodes: undefined,
      spec: undefined,
      samples: undefined,
      role: undefined,
      database: undefined,
      reports: ['reports'],
      site: 'site',
      token: 'ghs_x',
      waitMs: undefined,
      failOn: 'tests',
      fork: 'label',
      comment: 'changes',
      status: true,
      summary: true,
    });
  });

  it('may be absent altogether, as for whoever starts the bundle by hand', () => {
    expect(parseInputs({})).toMatchObject({ command: 'run', failOn: 'tests', token: null });
  });

  it('are taken as people write them', () => {
    const written = {
      'node-version': '22, 24  lts\n0.12',
      spec: 'test/a b.js\r\n  test/**/*.spec.js\n',
      samples: '5',
      'wait-minutes': '0.5',
      status: 'FALSE',
      repository: 'happner/happn-3',
      reports: 'one.json\ntwo',
    };
    expect(parseInputs(makeVariables(written))).toMatchObject({
      nodes: ['22', '24', 'lts', '0.12'],
      spec: ['test/a b.js', 'test/**/*.spec.js'],
      samples: 5,
      waitMs: 30_000,
      status: false,
      repository: 'happner/happn-3',
      reports: ['one.json', 'two'],
    });
  });

  it.each([
    [
      'command',
      'measure',
      'Input command: must be `run` or `collect` or `matrix` or `publish`, got "measure".',
    ],
    ['samples', '0', 'Input samples: must be a whole number, 1 or more, got "0".'],
    ['samples', 'many', 'Input samples: must be a whole number, 1 or more, got "many".'],
    ['wait-minutes', '-1', 'Input wait-minutes: must be a number, 0 or more, got "-1".'],
    ['role', 'third', 'Input role: must be `primary` or `field`, got "third".'],
    ['fail-on', 'yes', 'Input fail-on: must be `tests` or `slowdown` or `never`, got "yes".'],
    ['fork', 'yes', 'Input fork: must be `label` or `allow` or `deny`, got "yes".'],
    ['comment', 'yes', 'Input comment: must be `changes` or `always` or `never`, got "yes".'],
    ['status', 'on', 'Input status: must be `true` or `false`, got "on".'],
    ['summary', '1', 'Input summary: must be `true` or `false`, got "1".'],
    ['repository', '../x', 'Input repository: must be `owner/name`, got "../x".'],
  ])('refuse %s: %s', (name, value, message) => {
    expect(() => parseInputs(makeVariables({ [name]: value }))).toThrow(
      expect.objectContaining({
        code: 'input/bad-value',
        message,
        hint: 'Correct it under `with:` in the workflow.',
      }),
    );
  });
});
