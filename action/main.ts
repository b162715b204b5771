/** Where the Action's main step starts: before anything large is loaded, what was compiled of it the last time is found. */
import { keepCompiled } from './compile-cache.ts';

keepCompiled(process);
const { runMainStep } = await import('./github/main-step.ts');
process.exitCode = await runMainStep();
