import { describe } from 'vitest';
import { describeNode } from '../artifacts/node-contract.ts';
import { startKubo } from './kubo-daemon.ts';

describe('Kubo', () => describeNode(async (context) => (await startKubo(context)).address));
