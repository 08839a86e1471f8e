import { NAMES_ONLY } from '@entrepot/service-kit/masking';
import { describe, expect, it } from 'vitest';
import { readJson } from '../src/http/client.ts';
import { VendorError } from '../src/index.ts';

function failureOf(status: number, text: string, contentType: string): VendorError {
  try {
    readJson('SAP', NAMES_ONLY, { status, text, headers: { 'content-type': contentType } }, { action: 'reading' });
  } catch (error) {
    if (error instanceof VendorError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('an answer that is no JSON', () => {
  it('is an outage that quotes the first words of the page, whatever quotes stand in it', () => {
    const page =
      '<html><style>p { color: "red" }</style><p class="x">Blocked: "Ada Lovelace", 12 St James Square</p></html>';
    const error = failureOf(200, page, 'text/html');
    expect(error).toMatchObject({ kind: 'unavailable', code: 'not-json', httpStatus: 200 });
    // Quoted, so that readers who are shown no personal data, and the title of its group, leave it out.
    expect(error.message).toMatch(/; it begins: "Blocked: 'Ada Lovelace', 12 St James Square"$/);
  });

  it('says nothing of a page without words', () => {
    expect(failureOf(200, '', 'text/html').message).toMatch(/it is empty/);
    expect(failureOf(200, '<html></html>', 'text/html').message).not.toContain('it begins');
  });
});
