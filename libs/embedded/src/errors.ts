/** What kept the infrastructure from starting or running. */
export type InfraFault = 'missingPrerequisite' | 'portBusy' | 'downloadFailed' | 'childDied' | 'startTimeout';

/**
 * A part of the embedded infrastructure cannot run. The message is one line, made to be shown as it is: what is wrong,
 * then what to do.
 */
export class InfraError extends Error {
  readonly fault: InfraFault;

  constructor(fault: InfraFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InfraError';
    this.fault = fault;
  }
}
