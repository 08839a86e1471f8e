import { describe, expect, it } from 'vitest';
import { readXml, UnreadableFile } from '../../src/formats/index.ts';

const read = (text: string | Buffer, lists: string[] = []) => readXml(Buffer.from(text), { lists, encoding: 'utf-8' });

describe('a file of XML is read', () => {
  it('as text: no number is made of what looks like one', () => {
    expect(
      read(
        '<?xml version="1.0"?><Orders><Order no="0017"><Qty>1.50</Qty><Note/><Big>12345678901234567890.10</Big></Order></Orders>',
        ['Order'],
      ),
    ).toEqual({
      Orders: { Order: [{ '@no': '0017', Qty: '1.50', Note: '', Big: '12345678901234567890.10' }] },
    });
  });

  it('with the five entities, numeric references and CDATA', () => {
    expect(read('<a>&amp;&lt;&#233;<![CDATA[<b>]]></a>')).toEqual({ a: '&<é<b>' });
  });

  it('in the encoding that it declares', () => {
    const bytes = Buffer.from('<?xml version="1.0" encoding="windows-1252"?><a>M\xfcller</a>', 'latin1');
    expect(read(bytes)).toEqual({ a: 'Müller' });
  });
});

describe('a file that must not be read says why, and quotes nothing', () => {
  it.each([
    ['<!DOCTYPE a [<!ENTITY x "yyy">]><a>&x;</a>', 'document type'],
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'document type'],
    ['<a><b>secret</a>', 'line 1'],
    ['<a>secret', 'line 1'],
    ['', 'no XML'],
    [`${'<a>'.repeat(200)}secret${'</a>'.repeat(200)}`, 'too deep'],
    ['<__proto__>secret</__proto__>', 'not taken'],
    ['<?xml version="1.0" encoding="klingon"?><a/>', 'not known'],
    [Buffer.from('<a>M\xfcller</a>', 'latin1'), 'no utf-8'],
  ])('%s', (text, words) => {
    expect(() => read(text)).toThrow(UnreadableFile);
    expect(() => read(text)).toThrow(words);
    expect(() => read(text)).not.toThrow('secret');
  });
});
