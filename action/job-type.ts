/** What the package gives to authors of job types: the contract's types, and the errors that it speaks of. */
export { ConfigError, JobError } from '../core/errors.ts';
export type { Job, JobResult, JobType } from '../core/job-type.ts';
export type { EarlierFiles, Host, HostTools, Method, Progress, SuiteHost } from '../core/measure/host.ts';
export type { FileMeasurement, SuiteMeasurement, TestMeasurement } from '../core/measure/measurement.ts';
export type { Packages } from '../core/measure/packages.ts';
export type { SpawnOptions, SpawnResult } from '../core/measure/spawn.ts';
export type { OpenSuite } from '../core/measure/suite.ts';
export type { Commit, Document, Outcome } from '../core/model.ts';
