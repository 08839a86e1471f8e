import { InvalidSettings } from '@entrepot/store';
import {
  type ConnectionView,
  InvalidBaseUrl,
  SIGN_IN_CHECK,
  type TestCheck,
  type TestReport,
  VendorError,
} from '@entrepot/vendor-kit';
import { problemOf } from '../edge/store-problems.ts';
import { askVendor, type VendorPorts } from './ask-vendor.ts';

/** Tests the source and the target side of the vendor, on one client. Accepted credentials clear `attention`, so that a stopped lane resumes. */
export async function testConnection(ports: VendorPorts, id: string): Promise<TestReport> {
  const view = await openForTest(ports, id);
  if ('failed' in view) return { ok: false, checks: [view.failed] };
  const checks = await runTest(ports, 'connection', () =>
    askVendor(ports, view, async ({ source, target }, call) => [
      ...(source === null ? [] : await runTest(ports, 'source', async () => (await source.test(call.signal)).checks)),
      ...(target === null ? [] : await runTest(ports, 'target', async () => (await target.test(call)).checks)),
    ]),
  );
  const ok = checks.every((check) => check.ok);
  // A lane that stopped for refused credentials may resume once they are accepted, regardless of the other checks.
  const signIns = checks.filter((check) => check.name === SIGN_IN_CHECK);
  const signsIn = signIns.length > 0 && signIns.every((check) => check.ok);
  if (ok || signsIn) await ports.store.connections.setAttention(id, null);
  return { ok, checks };
}

/** Unusable settings are a finding of the test. */
async function openForTest(
  { store }: VendorPorts,
  id: string,
): Promise<ConnectionView | { readonly failed: TestCheck }> {
  try {
    return await store.connections.open(id);
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw problemOf(error);
    const message = error.problems.map(({ path, message: words }) => `${path}: ${words ?? 'is not valid'}`).join('; ');
    const advice = 'Correct the settings of the connection, or enter the secrets that are missing.';
    return { failed: { name: 'settings', ok: false, message, advice } };
  }
}

async function runTest(
  { log }: VendorPorts,
  what: 'connection' | 'source' | 'target',
  ask: () => Promise<readonly TestCheck[]>,
): Promise<readonly TestCheck[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InvalidBaseUrl) {
      const advice = "Correct the connection's URL, or name the address in its allowedAddresses.";
      return [{ name: what, ok: false, message: error.message, advice }];
    }
    if (error instanceof VendorError) {
      const { message, advice } = error;
      return [{ name: what, ok: false, message, ...(advice === null ? {} : { advice }) }];
    }
    log.error({ err: error, what }, 'a connection test broke down');
    const message = `A defect in Entrepot stopped the test: ${error instanceof Error ? error.message : String(error)}`;
    return [{ name: what, ok: false, message, advice: "Report it with the error in the ledger's log." }];
  }
}
