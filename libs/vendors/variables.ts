/** The variable that says where a vendor's simulator sends its webhooks, e.g. `SANDBOX_SHOPIFY_WEBHOOK_URL`. */
export function webhookVariable(vendor: string): `SANDBOX_${string}_WEBHOOK_URL` {
  return `SANDBOX_${variablePart(vendor)}_WEBHOOK_URL`;
}

/** A vendor's name as variables spell it: `sap-b1` → `SAP_B1`. */
export function variablePart(vendor: string): string {
  return vendor.toUpperCase().replaceAll('-', '_');
}
