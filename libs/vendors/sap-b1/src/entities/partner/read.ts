import { type CallContext, type FoundDocument, VendorError } from '@entrepot/vendor-kit';
import type { ServiceLayer } from '../../service-layer/client.ts';
import { keyPath, readText } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';

/** A business partner by its code; null when there is none. */
export async function readPartner(
  layer: ServiceLayer,
  cardCode: string,
  call: CallContext,
): Promise<FoundDocument | null> {
  const action = `reading business partner ${cardCode}`;
  const entity = await layer.read(keyPath('BusinessPartners', cardCode), call, action);
  return entity === null ? null : toFoundPartner(entity);
}

export function toFoundPartner(entity: SapEntity): FoundDocument {
  const cardCode = readText(entity.CardCode);
  if (cardCode === null) throw new VendorError('unexpected', 'SAP answered a business partner without CardCode');
  return {
    targetId: cardCode,
    targetNumber: cardCode,
    draft: false,
    body: entity,
    etag: entity['@odata.etag'] ?? null,
  };
}

/** Changes a business partner as it was read: refused as `conflict` when somebody changed it meanwhile. */
export async function patchPartner(
  layer: ServiceLayer,
  partner: FoundDocument,
  body: Readonly<Record<string, unknown>>,
  call: CallContext,
): Promise<void> {
  await layer.send({
    method: 'PATCH',
    path: keyPath('BusinessPartners', partner.targetId),
    headers: partner.etag === null ? {} : { 'if-match': partner.etag },
    body,
    call,
    action: `changing business partner ${partner.targetId}`,
  });
}
