import { describe } from 'vitest';
import { startFakeKubo } from './fake-kubo.ts';
import { describeNode } from './node-contract.ts';

describe('the stand-in for Kubo', () => describeNode(async () => (await startFakeKubo()).address));
