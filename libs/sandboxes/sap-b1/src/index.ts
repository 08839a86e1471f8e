export { DEMO_COMPANY, SECOND_COMPANY } from './company/demo-seed.ts';
export { createSapB1Sandbox, type SapB1SandboxOptions } from './sandbox.ts';
