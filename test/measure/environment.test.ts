import { describe, expect, it } from 'vitest';
import { computeTestEnvironment, computeToolEnvironment } from '../../core/measure/environment.ts';
import { measureFile, measureFiles } from './measure-fixture.ts';

const INHERITED = {
  PATH: '/usr/bin',
  HOME: '/home/ci',
  LANG: 'C.UTF-8',
  LC_TIME: 'de_DE',
  TZ: 'UTC',
  GITHUB_TOKEN: 'secret',
  INPUT_TOKEN: 'secret',
  ACTIONS_RUNTIME_TOKEN: 'secret',
  NPM_TOKEN: 'secret',
  NODE_OPTIONS: '--inspect',
  npm_config_registry: 'https://registry.example',
  npm_config__authToken: 'secret',
  https_proxy: 'http://proxy.example',
  EMPTY: undefined,
};

describe('a tested process', () => {
  it('sees a short list of names, and no secret', () => {
    const environment = computeTestEnvironment({
      inherited: INHERITED,
      nodeFolder: '/node/bin',
      repoFolder: '/repo',
      mark: 'job',
      own: { OWN: '1', LANG: 'en' },
    });
    expect(environment).toEqual({
      PATH: '/node/bin:/repo/node_modules/.bin:/usr/bin',
      HOME: '/home/ci',
      LANG: 'en',
      LC_TIME: 'de_DE',
      TZ: 'UTC',
      CI: 'true',
      TRACEY: 'true',
      TRACEY_JOB: 'job',
      OWN: '1',
    });
  });

  it('really has that environment, and what the settings add', async () => {
    const file = await measureFile(
      `
      const { env } = process;
      it('has no secret', () => { if (JSON.stringify(env).includes('secret')) throw new Error('a secret'); });
      it('knows where it is', () => { if (env.CI !== 'true' || env.TRACEY !== 'true') throw new Error('no'); });
      it('has its own', () => { if (env.OWN !== 'mine') throw new Error('no'); });
      it('knows nothing of the probe', () => { if (env.TRACEY_EVENTS) throw new Error('no'); });`,
      {
        settings: { env: { OWN: 'mine' } },
        inherited: { ...INHERITED, PATH: process.env['PATH'] },
      },
    );
    expect(file.tests.map((test) => test.outcome)).toEqual(Array(4).fill('passed'));
  });

  it('has the variables of the script, unless the settings say otherwise', async () => {
    const [file] = await measureFiles(
      {
        'package.json': '{"scripts":{"test":"MODE=script KIND=unit mocha"}}',
        'test/a.js': `it(process.env.MODE + ' ' + process.env.KIND, () => {});`,
      },
      { settings: { env: { MODE: 'settings' } } },
    );
    expect(file?.tests[0]?.title).toEqual(['settings unit']);
  });
});

describe('a package manager', () => {
  it('sees proxies and registries besides, and no token', () => {
    expect(computeToolEnvironment(INHERITED)).toEqual({
      PATH: '/usr/bin',
      HOME: '/home/ci',
      LANG: 'C.UTF-8',
      LC_TIME: 'de_DE',
      TZ: 'UTC',
      npm_config_registry: 'https://registry.example',
      https_proxy: 'http://proxy.example',
      CI: 'true',
      GIT_TERMINAL_PROMPT: '0',
    });
  });
});
