import { describe, expect, it } from 'vitest';
import { findScriptCommands } from '../../core/measure/npm-script.ts';

/** The starts of `tool`; a bare glob of files stands for itself with `!` in front. */
const find = (scripts: Record<string, string>) =>
  findScriptCommands(scripts, {
    isTool: (word) => /(^|\/)tool$/.test(word),
    expandGlob: (pattern) => [pattern.includes('/') ? `!${pattern}` : pattern],
  });

/** Each start as one line: variables, `node` flags, the words after the tool. */
const format = (scripts: Record<string, string>) =>
  find(scripts).map(({ env, nodeFlags, args }) => {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return [...variables, ...nodeFlags, '|', ...args].join(' ');
  });

describe('the start of a tool in a script', () => {
  it.each([
    ['tool', ['|']],
    ['tool --one two "three four"', ['| --one two three four']],
    ["tool 'test/**/*.js'", ['| test/**/*.js']],
    ['tool test/*.js', ['| !test/*.js']],
    ['./node_modules/.bin/tool a', ['| a']],
    ['npx tool a', ['| a']],
    ['yarn run tool a', ['| a']],
    ['nyc --reporter=text tool a', ['| a']],
    ['istanbul cover node_modules/.bin/tool -- -R spec a', ['| -R spec a']],
    ['A=1 B="2 3" tool', ['A=1 B=2 3 |']],
    ['cross-env A=1 tool b', ['A=1 | b']],
    ['A=$HOME tool', ['A= |']],
    ['node --expose-gc -r esm bin/tool a', ['--expose-gc -r esm | a']],
    ['node node_modules/.bin/nyc tool a', ['| a']],
    ['lint . && tool a || true', ['| a']],
    ['tool a; tool b', ['| a', '| b']],
    ['tool a && tool a', ['| a']],
    ['tool a 2>&1 | tee log.txt', ['| a']],
    ['tool a > log.txt 2> errors.txt', ['| a']],
    ['tool $(find test -name "*.js") --last', ['| --last']],
    ['tool `find test` --last', ['| --last']],
    ['tool a # tool b', ['| a']],
    ['if true; then tool a; fi', ['| a']],
    ['(cd there; tool a)', ['| a']],
    ['echo nothing', []],
    ['', []],
  ])('%s', (script, expected) => {
    expect(format({ test: script })).toEqual(expected);
  });
});

describe('a script', () => {
  it('that is called is followed, with the words it is given', () => {
    const unit = 'tool --recursive';
    expect(format({ test: 'npm run unit', unit })).toEqual(['| --recursive']);
    expect(format({ test: 'npm run -s unit -- --bail a', unit })).toEqual(['| --recursive --bail a']);
    expect(format({ test: 'yarn unit a', unit })).toEqual(['| --recursive a']);
    expect(format({ test: 'pnpm run unit a', unit })).toEqual(['| --recursive a']);
    expect(format({ test: 'npm run unit a', unit })).toEqual(['| --recursive']);
    expect(format({ test: 'nyc npm run unit', unit })).toEqual(['| --recursive']);
  });

  it('that bears the name of the tool is the script, not the tool', () => {
    expect(format({ test: 'npm run tool -- b', tool: 'tool a' })).toEqual(['| a b']);
    expect(format({ test: 'yarn tool', tool: 'tool a' })).toEqual(['| a']);
  });

  it('gives words only to its last command', () => {
    expect(format({ test: 'npm run unit -- b', unit: 'tool a && tool c' })).toEqual(['| a', '| c b']);
  });

  it('has what comes before and after it, as with npm', () => {
    expect(format({ pretest: 'tool a', test: 'tool b', posttest: 'tool c' })).toEqual(['| a', '| b', '| c']);
  });

  it('may be called by pattern', () => {
    const scripts = { 'unit:a': 'tool a', 'unit:b': 'tool b', 'unit:b:deep': 'tool c' };
    expect(format({ test: 'run-s unit:*', ...scripts })).toEqual(['| a', '| b']);
    expect(format({ test: 'npm-run-all -p "unit:**"', ...scripts })).toEqual(['| a', '| b', '| c']);
  });

  it('that calls itself, or one that is not there, ends', () => {
    expect(format({ test: 'npm test' })).toEqual([]);
    expect(format({ test: 'npm run a', a: 'npm run b', b: 'npm run a && tool x' })).toEqual(['| x']);
    expect(format({ test: 'npm run nowhere', toString: 'tool' })).toEqual([]);
    expect(format({ test: 'npm run toString' })).toEqual([]);
  });

  it('named after testing is looked at when "test" leads nowhere', () => {
    expect(format({ test: 'echo none', 'test:unit': 'tool a', test_it: 'tool b', attest: 'tool c' })).toEqual(
      ['| a', '| b'],
    );
  });
});
