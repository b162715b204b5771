/** Where the Action's post step starts; it runs whatever became of the main step. */
import { keepCompiled } from './compile-cache.ts';

keepCompiled(process);
const { runPostStep } = await import('./github/post-step.ts');
await runPostStep();
