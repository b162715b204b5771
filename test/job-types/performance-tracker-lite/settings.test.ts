import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { parseLiteSettings } from '../../../job-types/performance-tracker-lite/settings.ts';

describe('the settings of performance-tracker-lite', () => {
  it('have defaults', () => {
    expect(parseLiteSettings({})).toEqual({
      samples: 1,
      isolation: 'file',
      spec: [],
      deadlineSeconds: 600,
      env: {},
    });
  });

  it('are taken as they are', () => {
    const settings = {
      samples: 5,
      isolation: 'none',
      spec: ['test/unit/**'],
      deadlineSeconds: 0.5,
      env: { NODE_ENV: 'test' },
    };
    expect(parseLiteSettings(settings)).toEqual(settings);
  });

  it.each([
    [{ samples: 0 }, 'samples'],
    [{ samples: 1.5 }, 'samples'],
    [{ samples: '3' }, 'samples'],
    [{ isolation: 'process' }, 'isolation'],
    [{ spec: 'test' }, 'spec'],
    [{ spec: [''] }, 'spec'],
    [{ deadlineSeconds: 0 }, 'deadlineSeconds'],
    [{ deadlineSeconds: 1e9 }, 'deadlineSeconds'],
    [{ env: { 'A B': '1' } }, 'A B'],
    [{ env: { A: 1 } }, 'env'],
  ])('%j is refused, and the key is named', (settings, key) => {
    expect(() => parseLiteSettings(settings)).toThrow(ConfigError);
    expect(() => parseLiteSettings(settings)).toThrow(key);
  });
});
