import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { readEnvironment } from '../../action/environment.ts';

function read(env: Record<string, string>) {
  return readEnvironment({ env, cwd: () => '/somewhere' });
}

it('keeps the history in TRACEY_HOME when that is set', () => {
  expect(read({ HOME: '/home/ann', TRACEY_HOME: '/srv/tracey' })).toMatchObject({
    dataFolder: '/srv/tracey',
    cacheFolder: '/srv/tracey/cache',
  });
});

it("keeps it in the user's data folder otherwise", () => {
  expect(read({ HOME: '/home/ann' })).toMatchObject({
    dataFolder: '/home/ann/.local/share/tracey',
    cacheFolder: '/home/ann/.cache/tracey',
  });
  expect(read({ HOME: '/home/ann', XDG_DATA_HOME: '/data', XDG_CACHE_HOME: '/cache' })).toMatchObject({
    dataFolder: '/data/tracey',
    cacheFolder: '/cache/tracey',
  });
});

it('calls the machine by its host name, and takes it for a primary, unless told otherwise', () => {
  expect(read({ HOME: '/h' })).toMatchObject({ runner: hostname(), role: 'primary', lockName: 'machine' });
  expect(read({ HOME: '/h', TRACEY_RUNNER: 'pi-7', TRACEY_ROLE: 'field' })).toMatchObject({
    runner: 'pi-7',
    role: 'field',
  });
});

it('takes an empty variable for none', () => {
  expect(read({ HOME: '/h', TRACEY_HOME: '', TRACEY_ROLE: ' ' })).toMatchObject({
    role: 'primary',
    dataFolder: '/h/.local/share/tracey',
  });
});

it('refuses a role that is none', () => {
  expect(() => read({ HOME: '/h', TRACEY_ROLE: 'boss' })).toThrow(
    'TRACEY_ROLE: must be primary or field, got "boss".',
  );
});
