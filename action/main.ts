/** Where the Action's main step starts: before anything large is loaded, what was compiled of it the last time is found. */
import { keepCompiled } from './compile-cache.ts';

keepCompiled(process);
const { runMainStep } = await import('./github/main-step.ts');
// The GitHub client's timers would keep a step alive that is over.
process.exit(await runMainStep());
