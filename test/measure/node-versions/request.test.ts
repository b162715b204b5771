import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import {
  computeLabelledLine,
  computeLine,
  createUnknownVersionError,
  type NodeRequest,
  parseNodeRequest,
  selectVersion,
} from '../../../core/measure/node-versions/request.ts';

const VERSIONS = [
  '0.10.48',
  '0.12.2',
  '0.12.18',
  '4.9.1',
  '22.2.0',
  '22.11.0',
  '22.11.1',
  '23.11.1',
  '24.4.1',
];

describe('a Node request', () => {
  it.each([
    ['22', '22.11.1', '22'],
    ['v22', '22.11.1', '22'],
    ['22.x', '22.11.1', '22'],
    ['22.x.x', '22.11.1', '22'],
    ['22.11', '22.11.1', '22'],
    ['22.11.x', '22.11.1', '22'],
    ['22.2', '22.2.0', '22'],
    ['22.11.0', '22.11.0', '22.11.0'],
    ['v22.11.0', '22.11.0', '22.11.0'],
    [' 22 ', '22.11.1', '22'],
    ['0.12', '0.12.18', '0.12'],
    ['0.12.x', '0.12.18', '0.12'],
    ['0.10', '0.10.48', '0.10'],
    ['v0.12.2', '0.12.2', '0.12.2'],
    ['lts/jod', '22.11.1', '22'],
    ['lts/Argon', '4.9.1', '4'],
  ])('%j means %s and is compared within %s', (requested, version, line) => {
    const request = parseNodeRequest(requested) as NodeRequest;
    expect(selectVersion(request, VERSIONS)).toBe(version);
    expect(request.line).toBe(line);
  });

  it.each(['lts', 'lts/*', 'LTS'])('%j is the label of the newest LTS line', (requested) => {
    expect(parseNodeRequest(requested)).toEqual({ kind: 'label', label: 'lts' });
  });

  it.each(['stable', 'current', 'latest', 'node'])('%j is the label of the newest line', (requested) => {
    expect(parseNodeRequest(requested)).toEqual({ kind: 'label', label: 'newest' });
  });

  it.each(['', 'nonsense', '>=18', '22.x.1', '22.11.0-rc.1', '1.2.3.4', '-1', '22..1', 'lts/-1', '12345678'])(
    '%j is refused with the ways to write one',
    (requested) => {
      expect(() => parseNodeRequest(requested)).toThrow(
        expect.objectContaining({
          code: 'node/bad-request',
          message: `Node versions: ${JSON.stringify(requested)} names no Node version.`.replace(
            /("lts\/-1".*)$/,
            '$1 There is no LTS line of that name.',
          ),
          hint: expect.stringContaining('"22.11.0"'),
        }),
      );
    },
  );

  it.each([
    ['0', 'Before 4 a line has two numbers'],
    ['0.x', 'Before 4 a line has two numbers'],
    ['0.1', 'write "0.10"'],
    ['0.8', 'Node 0.10 is the oldest measured'],
    ['0.9.12', 'Node 0.10 is the oldest measured'],
    ['lts/unobtainium', 'no LTS line of that name'],
  ])('%j is refused with the reason', (requested, reason) => {
    expect(() => parseNodeRequest(requested)).toThrow(ConfigError);
    expect(() => parseNodeRequest(requested)).toThrow(reason);
  });

  it('is cut in the message when it is very long', () => {
    const refuse = () => parseNodeRequest('x'.repeat(100_000));
    expect(refuse).toThrow('x…');
    expect(refuse).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,120}$/) }));
  });
});

describe('a label', () => {
  it('becomes the newest line that is LTS on the day, not the newest of all', () => {
    const line = (date: string) => computeLabelledLine('lts', VERSIONS, new Date(date))?.line;
    expect(line('2025-10-01T00:00:00Z')).toBe('22');
    expect(line('2025-11-01T00:00:00Z')).toBe('24');
  });

  it('becomes the newest line when it means the newest', () => {
    expect(computeLabelledLine('newest', VERSIONS, new Date())?.line).toBe('24');
  });

  it('becomes nothing when no known version fits', () => {
    expect(computeLabelledLine('lts', ['0.12.18', '23.11.1'], new Date('2025-01-01'))).toBeNull();
    expect(computeLabelledLine('newest', ['0.12.18'], new Date('2025-01-01'))).toBeNull();
  });
});

describe('an unknown version', () => {
  it.each([
    ['23.99', 'there is no Node 23.99 for linux-x64; the newest of 23 is 23.11.1.'],
    ['22.11.9', 'there is no Node 22.11.9 for linux-x64; the newest of 22 is 22.11.1.'],
    ['0.12.99', 'there is no Node 0.12.99 for linux-x64; the newest of 0.12 is 0.12.18.'],
    ['21', 'there is no Node 21 for linux-x64; the nearest are 4.9.1 and 22.11.1.'],
    ['99', 'there is no Node 99 for linux-x64; the nearest is 24.4.1.'],
  ])('%s is told with the nearest known ones', (requested, message) => {
    const request = parseNodeRequest(requested) as NodeRequest;
    const error = createUnknownVersionError({
      request,
      requested,
      versions: VERSIONS,
      platform: 'linux-x64',
    });
    expect(error.message).toBe(`Node versions: ${message}`);
    expect(error.code).toBe('node/unknown-version');
  });

  it('behind a label is told with the newest of all', () => {
    const error = createUnknownVersionError({
      request: null,
      requested: 'lts',
      versions: ['23.11.1'],
      platform: 'linux-x64',
    });
    expect(error.message).toContain('no Node lts for linux-x64; the newest known is 23.11.1.');
  });
});

describe('a release line', () => {
  it('is the major, and the first two numbers before 1.0.0', () => {
    expect(['22.11.0', '4.0.0', '0.12.18', '0.10.0'].map(computeLine)).toEqual(['22', '4', '0.12', '0.10']);
  });
});
