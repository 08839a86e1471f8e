import { fileURLToPath } from 'node:url';
import { buildServices } from '../../src/processes/build.ts';

/** Builds before the workers begin: two that found a source changed would write the same bundles at once, and start what is half written. */
export default (): Promise<void> => buildServices(fileURLToPath(new URL('../../../../', import.meta.url)));
