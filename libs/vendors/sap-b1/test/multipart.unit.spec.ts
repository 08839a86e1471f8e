import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BatchedAnswer,
  type BatchedGet,
  formatBatch,
  readBatch,
  UnreadableBatch,
} from '../src/service-layer/wire.ts';

const BOUNDARY = 'batchresponse_Q7pItIuj-iAPp-004m-V9tP-7NfcDPUFItCC';
const TYPE = `multipart/mixed;boundary=${BOUNDARY}`;

interface WrittenAnswer extends BatchedAnswer {
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as the server writes it. */
function formatAnswers(answers: readonly WrittenAnswer[], lineEnd = '\r\n'): string {
  const parts = answers.map(({ status, headers = {}, text }) =>
    [
      `--${BOUNDARY}`,
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      `HTTP/1.1 ${status} Said`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      `${text}${lineEnd}`,
    ].join(lineEnd),
  );
  return `${parts.join('')}--${BOUNDARY}--${lineEnd}`;
}

const toRead = ({ status, text }: WrittenAnswer): BatchedAnswer => ({ status, text });

const body = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constant(`{"text":"--${BOUNDARY}--"}`),
  fc.constant('a\r\n--\r\n--batchresponse\r\n\r\nHTTP/1.1 200 OK'),
);
const answerHeaders = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z-]{0,8}$/),
  fc.stringMatching(/^[!-~]([ -~]*[!-~])?$/),
  { noNullPrototype: true },
);
const answer = fc.record({
  status: fc.integer({ min: 100, max: 599 }),
  headers: answerHeaders,
  text: body.filter(
    (text) => !text.endsWith('\r') && !text.split('\n').some((line) => line.startsWith(`--${BOUNDARY}`)),
  ),
});
const answersToAll = fc.array(answer, { minLength: 1, maxLength: 4 });

describe('answer to a batch', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(answersToAll, fc.constantFrom('\r\n', '\n'), (answers, lineEnd) => {
        expect(readBatch(TYPE, formatAnswers(answers, lineEnd), answers.length)).toEqual(answers.map(toRead));
      }),
    );
  });

  it('cut at any place, it is an error or the whole answer', () => {
    // A batch stops at its first failure, so only the last answer can be one.
    const ok = fc.record({
      status: fc.integer({ min: 200, max: 299 }),
      headers: answerHeaders,
      text: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    });
    const last = fc.record({
      status: fc.constantFrom(200, 404, 500),
      headers: answerHeaders,
      text: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    });
    fc.assert(
      fc.property(
        fc.array(ok, { maxLength: 3 }),
        last,
        fc.nat({ max: 2 }),
        fc.constantFrom('\r\n', '\n'),
        (oks, end, more, lineEnd) => {
          const answers = [...oks, end];
          const asked = answers.length + (end.status >= 400 ? more : 0);
          const whole = formatAnswers(answers, lineEnd);
          const expected = answers.map(toRead);
          // From here on nothing of the last answer is missing.
          const complete = whole.lastIndexOf(`${lineEnd}--${BOUNDARY}--`);
          for (let length = 0; length <= whole.length; length += 1) {
            const read = () => readBatch(TYPE, whole.slice(0, length), asked);
            if (length < complete) expect(read).toThrow(UnreadableBatch);
            else expect(read()).toEqual(expected);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('without its last boundary, or without the dashes behind it, is read as far as it is whole', () => {
    const answers = [
      { status: 200, text: '{"value":[]}' },
      { status: 200, text: '{"value":[{"DocEntry":7}]}' },
    ];
    const whole = formatAnswers(answers);
    const read = (text: string) => readBatch(TYPE, text, 2);
    expect(read(whole.replace(`--${BOUNDARY}--\r\n`, `--${BOUNDARY}\r\n`))).toEqual(answers);
    expect(read(whole.replace(`--${BOUNDARY}--\r\n`, ''))).toEqual(answers);
    expect(() => read(whole.replace(`]}\r\n--${BOUNDARY}--\r\n`, ''))).toThrow(UnreadableBatch);
    // What is no JSON may be cut anywhere.
    expect(() => readBatch(TYPE, formatAnswers([{ status: 200, text: '1' }]).split('\r\n--')[0] ?? '', 1)).toThrow(
      UnreadableBatch,
    );
  });

  it('whatever comes: an error, or no more answers than were asked for, and fewer only after a failure', () => {
    const line = fc.constantFrom(
      `--${BOUNDARY}`,
      `--${BOUNDARY}--`,
      'Content-Type: application/http',
      'HTTP/1.1 200 OK',
      'HTTP/1.1 404 Not Found',
      '',
      '{}',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        let answers: BatchedAnswer[];
        try {
          answers = readBatch(TYPE, lines.join('\r\n'), 2);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBatch);
          return;
        }
        if (answers.length !== 2) expect(answers.map(({ status }) => status)).toEqual([404]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads the vendor's own example", () => {
    const text = [
      `--${BOUNDARY}`,
      'Content-Type:application/http',
      'Content-Transfer-Encoding:binary',
      '',
      'HTTP/1.1 200 OK',
      'Content-Type:application/json;odata.metadata=minimal;charset=utf-8',
      'Content-Length:19',
      'OData-Version: 4.0',
      '',
      '{"ItemCode":"i001"}',
      `--${BOUNDARY}--`,
      '',
    ].join('\r\n');
    expect(readBatch(TYPE, text, 1)).toEqual([
      {
        status: 200,
        text: '{"ItemCode":"i001"}',
      },
    ]);
    expect(readBatch(`multipart/mixed; boundary="${BOUNDARY}"`, text, 1)).toHaveLength(1);
  });

  it('fewer answers than requests: only when the last one is a failure', () => {
    const ok = { status: 200, text: '{}' };
    const failed = { status: 404, text: '{}' };
    expect(readBatch(TYPE, formatAnswers([ok, failed]), 3)).toHaveLength(2);
    expect(() => readBatch(TYPE, formatAnswers([ok]), 2)).toThrow('1 answers to 2 requests');
    expect(() => readBatch(TYPE, formatAnswers([]), 2)).toThrow(UnreadableBatch);
    expect(() => readBatch(TYPE, formatAnswers([ok, ok, ok]), 2)).toThrow('3 answers to 2 requests');
  });

  it.each([
    ['no content type', null, ''],
    ['a page of a proxy', 'text/html', '<html></html>'],
    ['no boundary', 'multipart/mixed', formatAnswers([])],
    ['another boundary', 'multipart/mixed;boundary=other', formatAnswers([{ status: 200, text: '{}' }])],
    [
      'a part that is a change set',
      TYPE,
      `--${BOUNDARY}\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c--\r\n--${BOUNDARY}--`,
    ],
    [
      'a part without status',
      TYPE,
      `--${BOUNDARY}\r\nContent-Type: application/http\r\n\r\n{"value":[]}\r\n--${BOUNDARY}--`,
    ],
  ])('%s is an error', (_name, type, text) => {
    expect(() => readBatch(type, text, 1)).toThrow(UnreadableBatch);
  });
});

describe('a batch', () => {
  it('is written as the guide wants it: two empty lines after each GET', () => {
    const gets: BatchedGet[] = [
      { path: "/b1s/v2/Items('i001')", headers: {} },
      { path: '/b1s/v2/Orders?$top=1', headers: { Prefer: 'odata.maxpagesize=100' } },
    ];
    expect(formatBatch('b1', gets).split('\r\n')).toEqual([
      '--b1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      "GET /b1s/v2/Items('i001') HTTP/1.1",
      '',
      '',
      '--b1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      'GET /b1s/v2/Orders?$top=1 HTTP/1.1',
      'Prefer: odata.maxpagesize=100',
      '',
      '',
      '--b1--',
      '',
    ]);
  });
});
