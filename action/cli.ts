#!/usr/bin/env node
/** Where the command line starts: before anything large is loaded, what was compiled of it the last time is found. */
import { keepCompiled } from './compile-cache.ts';

keepCompiled(process);
const { runProgram } = await import('./program.ts');
process.exitCode = await runProgram();
