import { describe, expect, it } from 'vitest';
import { formatSparkline } from '../../core/notify/sparkline.ts';

describe('formatSparkline', () => {
  it('draws durations from the least to the greatest, with both', () => {
    expect(formatSparkline([1000, 1100, 1200, 1300, 1400, 1500, 1600, 1700])).toBe(
      '▁▂▃▄▅▆▇█ 1.00 s – 1.70 s',
    );
  });

  it('leaves a gap where nothing was measured', () => {
    expect(formatSparkline([1, null, 2])).toBe('▁·█ 1.00 ms – 2.00 ms');
  });

  it('draws noise as noise: a tenth of the median is the whole height at least', () => {
    expect(formatSparkline([1000, 1010, 995])).toBe('▄▅▄ 995 ms – 1.01 s');
  });

  it.each([[[]], [[5]], [[null, 5]]])('draws nothing of %j', (durationsMs) => {
    expect(formatSparkline(durationsMs)).toBe('');
  });

  it('draws zeros', () => {
    expect(formatSparkline([0, 0])).toBe('▁▁ 0 ms – 0 ms');
  });
});
