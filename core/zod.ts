/**
 * The schema library, as we use it: without code that is made while running. To make it takes a ms or so for each schema
 * that is used, and reading 10,000 tests took as long with it as without.
 */
import { z } from 'zod';

z.config({ jitless: true });

export { z };
