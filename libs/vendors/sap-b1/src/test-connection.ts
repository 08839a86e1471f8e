import { type CallContext, SIGN_IN_CHECK, type TestCheck, type TestReport, VendorError } from '@entrepot/vendor-kit';
import { type SapB1Client } from './client.ts';
import { listTaxCodes, readAdminInfo } from './company.ts';
import { type SapB1Settings } from './config.ts';
import { type ServiceLayer } from './service-layer/client.ts';
import { quoteText, readText } from './service-layer/wire.ts';

/** Tables that must carry the external reference, with what people call them. */
const REFERENCE_TABLES = { ORDR: 'marketing documents', OCRD: 'business partners' } as const;

const NO_TAX_CODES = 'no-tax-codes';

/**
 * Tests a connection step by step, on an operator's request: reachable, logged in, our field present, authorisations,
 * company settings. Stops at the first failed step that the later ones depend on. A refused login is tried once per
 * call.
 */
export async function testConnection(client: SapB1Client, call: CallContext): Promise<TestReport> {
  const { layer, session, settings } = client;
  const checks: TestCheck[] = [];
  const run = async (name: string, check: () => Promise<string>): Promise<boolean> => {
    checks.push(await runCheck(name, check));
    return checks.at(-1)?.ok === true;
  };
  /** Data that the mapping can do without: a refusal is reported, but a lane that waits for this test may continue. */
  const runOptional = async (name: string, check: () => Promise<string>, advice: string): Promise<void> => {
    checks.push(await runCheck(name, check, advice));
  };
  session.forgetRefusal();
  const steps = [
    () => run('reachable', () => ping(layer, settings, call)),
    () =>
      run(SIGN_IN_CHECK, async () => {
        await session.cookies(call);
        return `logged in to ${settings.company} as ${settings.user}`;
      }),
  ];
  for (const step of steps) if (!(await step())) return { ok: false, checks };
  for (const [table, title] of Object.entries(REFERENCE_TABLES))
    await run(`field on ${title}`, () => checkField(layer, settings, table, title, call));
  await run('orders', () => checkReadable(layer, 'Orders', 'DocEntry', call));
  await run('drafts', () => checkReadable(layer, 'Drafts', 'DocEntry', call));
  await run('business partners', () => checkReadable(layer, 'BusinessPartners', 'CardCode', call));
  await run('items', () => checkReadable(layer, 'Items', 'ItemCode', call));
  await runOptional(
    'company',
    () => describeCompany(layer, call),
    'Give the user authorisation to read the general settings, else prices are written with two digits.',
  );
  await runOptional(
    'tax codes',
    () => checkTaxCodes(layer, settings, call),
    "Give the user authorisation to read the tax codes, else the shop's rates are trusted until the read-back.",
  );
  return { ok: checks.every((check) => check.ok), checks };
}

/** @param adviceIfRefused given for what we can do without: a refusal to show it is then no failure of the test */
async function runCheck(
  name: string,
  check: () => Promise<string>,
  adviceIfRefused: string | null = null,
): Promise<TestCheck> {
  try {
    return { name, ok: true, message: await check() };
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    const refused = (error.kind === 'rejected' || error.kind === 'notFound') && error.code !== NO_TAX_CODES;
    if (adviceIfRefused !== null && refused)
      return { name, ok: true, message: `not shown to us (optional): ${error.message}`, advice: adviceIfRefused };
    return { name, ok: false, message: error.message, ...(error.advice === null ? {} : { advice: error.advice }) };
  }
}

async function ping(layer: ServiceLayer, settings: SapB1Settings, call: CallContext): Promise<string> {
  const response = await layer.sendUnauthenticated(
    '/ping/load-balancer',
    call,
    'asking whether the Service Layer is there',
  );
  // Older releases have no ping: any answer of the web server shows that it is reachable.
  if (response.status === 503 || response.status === 502)
    throw new VendorError(
      'unavailable',
      `${settings.baseUrl} answers, but no Service Layer node is up (HTTP ${response.status})`,
    );
  return `${settings.baseUrl} answers`;
}

async function checkField(
  layer: ServiceLayer,
  settings: SapB1Settings,
  table: string,
  title: string,
  call: CallContext,
): Promise<string> {
  const name = settings.udfExternalRef.slice(2);
  // From UserFieldsMD and not $metadata, which lags behind on some nodes after a field was made.
  const fields = await layer.list(
    {
      entitySet: 'UserFieldsMD',
      keyField: 'FieldID',
      query: { filter: `TableName eq ${quoteText(table)} and Name eq ${quoteText(name)}` },
    },
    call,
  );
  if (fields.length > 0) return `${settings.udfExternalRef} is there on ${title} (${table})`;
  throw new VendorError('rejected', `${title} (${table}) have no user-defined field ${settings.udfExternalRef}`, {
    code: 'missing-field',
    advice: `Create it in SAP: Tools > Customization Tools > User-Defined Fields, ${title}, title "${name}", alphanumeric, length 100 or more.`,
  });
}

async function checkReadable(layer: ServiceLayer, set: string, key: string, call: CallContext): Promise<string> {
  await layer.send({
    method: 'GET',
    path: `${set}?$select=${key}&$orderby=${key}&$top=1`,
    call,
    action: `reading ${set}`,
  });
  return `${set} can be read`;
}

async function describeCompany(layer: ServiceLayer, call: CallContext): Promise<string> {
  const admin = await readAdminInfo(layer, call);
  return `currency ${readText(admin.LocalCurrency) ?? '?'}, prices with ${String(admin.PriceAccuracy ?? '?')} digits`;
}

async function checkTaxCodes(layer: ServiceLayer, settings: SapB1Settings, call: CallContext): Promise<string> {
  const codes = await listTaxCodes(layer, settings, call);
  if (codes.length > 0) return `${codes.length} tax codes (${settings.taxField})`;
  const other = settings.taxField === 'TaxCode' ? 'VatGroup' : 'TaxCode';
  throw new VendorError('rejected', `the company has no active tax code for sales under ${settings.taxField}`, {
    code: NO_TAX_CODES,
    advice: `Set "taxField" of the connection to ${other}, if this company uses that.`,
  });
}
