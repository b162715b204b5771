/** What the main step leaves for the post step. */

/** Where the main step makes its private folders; not there when it did not come that far. */
export const JOBS_FOLDER = 'jobs-folder';
