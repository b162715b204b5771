import { describe, expect, it } from 'vitest';
import { readStack } from '../../core/notify/stack.ts';

const MOCHA = `    at Context.timed (/opt/tracey/dist/frameworks/mocha/reporter.cjs:39:19)
    at process.processImmediate (node:internal/timers:574:21)`;

describe('readStack', () => {
  it.each([
    ['a path that mocha made relative', '    at Context.<anonymous> (test/a.js:4:12)', 'test/a.js', 4],
    ['a path in the checkout', '    at Context.<anonymous> (/jobs/1/repo/test/a.js:4:12)', 'test/a.js', 4],
    ['a module', '    at Context.<anonymous> (file:///jobs/1/repo/test/c.mjs:3:10)', 'test/c.mjs', 3],
    ['a frame without a name', '    at /jobs/1/repo/test/a.js:7:1', 'test/a.js', 7],
    ['an asynchronous frame', '    at async file:///jobs/1/repo/test/a.js:9:1', 'test/a.js', 9],
    ['a name with brackets', '    at Object.f [as g] (/jobs/1/repo/test/a.js:11:1)', 'test/a.js', 11],
  ])('finds the line in %s', (_, frame, path, line) => {
    const stack = `Error: no\n    at helper (/jobs/1/repo/test/support/b.js:1:1)\n${frame}\n${MOCHA}`;
    expect(readStack(stack, path).line).toBe(line);
  });

  it('finds where a file has a syntax error', () => {
    const stack = "/jobs/1/repo/test/b.js:2\n  it(';\n     ^^\n\nSyntaxError: Invalid or unexpected token";
    expect(readStack(stack, 'test/b.js')).toEqual({
      line: 2,
      text: "test/b.js:2\n  it(';\n     ^^\n\nSyntaxError: Invalid or unexpected token",
    });
  });

  it('takes where it happened last', () => {
    const stack = 'Error\n    at inner (test/a.js:3:1)\n    at outer (test/a.js:8:1)';
    expect(readStack(stack, 'test/a.js').line).toBe(3);
  });

  it.each([
    'Error: test/a.js:4:12',
    'Error\n    at f (test/b.js:4:12)',
    'Error\n    at f (/jobs/1/repo/node_modules/x/test/a.js:4:12)',
    'Error\n    at f (/jobs/1/repo/latest/a.js:4:12)',
    '',
  ])('finds no line in %j', (stack) => {
    expect(readStack(stack, 'test/a.js').line).toBeNull();
  });

  it('leaves out what is of no use: frames of Node and of Tracey, and where the checkout was', () => {
    const stack = `Error: no\n    at f (/jobs/1/repo/lib/x.js:1:1)\n    at Context.<anonymous> (/jobs/1/repo/test/a.js:4:12)\n${MOCHA}`;
    expect(readStack(stack, 'test/a.js').text).toBe(
      'Error: no\n    at f (lib/x.js:1:1)\n    at Context.<anonymous> (test/a.js:4:12)',
    );
  });

  it('is soon done with a stack that is made to keep it busy', () => {
    for (const part of ['(', ':1', 'at (', ':1:1(']) {
      expect(readStack(`    at ${part.repeat(16_000)}`, 'test/a.js').line).toBeNull();
    }
  });
});
