import { type Publisher, PublishUnavailable } from '@entrepot/broker';
import type { AttemptReport, LaneReport, Report } from '@entrepot/canonical';
import { VirtualClock } from '@entrepot/runtime-kit/testing';
import { expect, it } from 'vitest';
import { Outages } from '../src/lane/holds.ts';
import { LaneReporter } from '../src/lane/lane-reports.ts';
import { Outage, type Reports } from '../src/ports.ts';
import { adaptPublisher, adaptReports } from '../src/service/adapters.ts';

const away: Pick<Publisher, 'send'> = {
  send: async (topic) => {
    throw new PublishUnavailable(topic, 120_000, true);
  },
};

it('takes a broker that does not acknowledge for an outage, whoever sends', async () => {
  await expect(adaptPublisher(away).send('lane', { key: 'k', value: null })).rejects.toMatchObject({ of: 'broker' });
  await expect(adaptReports(away).send('k', {} as AttemptReport)).rejects.toBeInstanceOf(Outage);
});

it('passes what is the record’s own fault on as it is', async () => {
  const broken = { send: () => Promise.reject(new TypeError('a bug')) };
  await expect(adaptPublisher(broken).send('lane', { key: 'k', value: null })).rejects.toBeInstanceOf(TypeError);
});

it('tells how a lane stands as soon as Kafka is back, though nothing of the lane changes any more', async () => {
  const clock = new VirtualClock();
  let isAway = true;
  const told: Report[] = [];
  const reports: Reports = {
    send: async (_key, report) => {
      if (isAway) throw new Outage('broker', new Error('down'));
      told.push(report);
    },
  };
  const outages = new Outages(clock, async () => {
    if (isAway) throw new Error('still down');
  });
  const reporter = new LaneReporter(clock, reports, outages);
  reporter.note('erp', { state: 'needs-attention', reason: 'credentials' }, 3);
  clock.schedule(20_000, () => {
    isAway = false;
  });
  await clock.drive(clock.sleep(60_000, new AbortController().signal), 100_000);
  expect(told.map((report) => (report as LaneReport).state)).toEqual(['needs-attention']);
  reporter.stop();
  outages.stop();
});

it('a key of a megabyte leaves room for the report', async () => {
  const keys: (string | null)[] = [];
  const send: Publisher['send'] = async (topic, { key }) => {
    keys.push(key);
    return { topic, partition: 0, offset: '0' };
  };
  await adaptReports({ send }).send('x'.repeat(1_000_000), {} as AttemptReport);
  expect(keys).toEqual(['x'.repeat(1_024)]);
});
