/**
 * Loaded before a program: ends it with SIGKILL in place of its KILL_AT-th change of the disk. With 0 it lives, and says at
 * its end which change put the index in its place, and how many there were.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env['KILL_AT']);
let [changes, index] = [0, 0];
for (const name of ['writeFileSync', 'renameSync', 'rmSync', 'mkdirSync']) {
  const real = fs[name];
  fs[name] = (...args) => {
    changes += 1;
    if (name === 'renameSync' && args[1].endsWith('index.json')) index = changes;
    // Half of a file is written, as when the power goes.
    if (changes === killAt && name === 'writeFileSync') real(args[0], args[1].slice(0, args[1].length / 2));
    if (changes === killAt) process.kill(process.pid, 'SIGKILL');
    return real(...args);
  };
}
syncBuiltinESMExports();
process.on('exit', () => fs.writeSync(1, JSON.stringify({ changes, index })));
