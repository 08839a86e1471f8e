import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Needs } from '../access/needs.ts';
import { ApiProblems, ApiZodQuery, ApiZodResponse, pageOf, ZodPipe } from '../edge/zod-http.ts';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';
import { notFound, Problem } from '../problem.ts';
import { checkValueMap, type SideValues } from './check-value-map.ts';
import type { Side } from './list-values.ts';

const valuesQuery = z.strictObject({
  side: z
    .enum(['source', 'target'])
    .optional()
    .describe('Side of the vendor that is asked; left out: its source side, or its target side if it has no other'),
});
type ValuesQuery = z.infer<typeof valuesQuery>;

const listedSchema = pageOf(z.object({ value: z.string(), label: z.string() })).extend({
  side: z.enum(['source', 'target']),
  readAt: z.iso.datetime().describe('When the vendor was asked; an answer is kept for a minute'),
});

const mapSchema = z.object({
  kind: z.string(),
  prerequisite: z
    .string()
    .nullable()
    .describe("Whose map it is, where it stands under `prerequisites`; null: the flow's own"),
  sourceProblem: z.string().nullable().describe('Why the values of the source could not be compared'),
  targetProblem: z.string().nullable().describe('Why those of the target could not'),
  findings: z.array(
    z.object({
      finding: z
        .enum(['unknown-source', 'unknown-target', 'without-entry'])
        .describe(
          'unknown-source: the source does not list the entry · unknown-target: the target does not have its value · without-entry: no entry covers a value of the source',
        ),
      source: z.string(),
      target: z.string().nullable(),
      advice: z.string(),
    }),
  ),
  suggestions: z
    .array(z.object({ source: z.string(), target: z.string(), label: z.string() }))
    .describe('Entries for values without one, where a single value of the target has the same label'),
});

@ApiTags('vendors')
@ApiBearerAuth()
@Controller('v1')
export class ValuesController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Get('connections/:id/values/:kind')
  @Needs('operator')
  @ApiOperation({
    summary: 'Values of a kind, as the vendor has them now',
    description: 'Warehouses, payment terms, tax codes …, for forms and value maps. GET /v1/vendors names the kinds.',
  })
  @ApiZodQuery(valuesQuery)
  @ApiZodResponse(200, 'The values', listedSchema)
  @ApiProblems(404, 409, 500)
  async list(
    @Param('id') id: string,
    @Param('kind') kind: string,
    @Query(new ZodPipe(valuesQuery)) { side }: ValuesQuery,
  ) {
    const { connections } = this.ledger.vendors.store;
    const vendorName = (await connections.get(id))?.vendor;
    if (vendorName === undefined) throw notFound('connection', id);
    const vendor = this.ledger.vendors.vendors.find(({ name }) => name === vendorName);
    const listed = await this.ledger.values.list(id, side ?? (vendor?.source === null ? 'target' : 'source'), kind);
    const readAt = new Date(listed.readAtMs).toISOString();
    return { items: listed.values, next: null, side: listed.side, readAt };
  }

  @Get('flows/:id/value-maps/check')
  @Needs('operator')
  @ApiOperation({
    summary: 'Hold the value maps of a flow against the real values of both sides',
    description:
      'Nothing is changed. A side that cannot list a kind, does not answer, or breaks down, is named and left out.',
  })
  @ApiZodResponse(200, 'What was found, map by map', z.object({ items: z.array(mapSchema), next: z.null() }))
  @ApiProblems(404)
  async check(@Param('id') id: string) {
    const flow = await this.ledger.vendors.store.flows.get(id);
    if (flow === null) throw notFound('flow', id);
    const { valueMaps, prerequisites } = flow.settings;
    const maps = [
      { prerequisite: null, valueMaps },
      ...Object.entries(prerequisites).map(([prerequisite, settings]) => ({
        prerequisite,
        valueMaps: settings?.valueMaps ?? {},
      })),
    ];
    const items = maps.flatMap(({ prerequisite, valueMaps: own }) =>
      Object.entries(own).map(async ([kind, entries]) => {
        const [source, target] = await Promise.all([
          this.valuesOf(flow.from, 'source', kind),
          this.valuesOf(flow.to, 'target', kind),
        ]);
        return { prerequisite, ...checkValueMap(kind, entries, source, target) };
      }),
    );
    return { items: await Promise.all(items), next: null };
  }

  private async valuesOf(connection: string, side: Side, kind: string): Promise<SideValues> {
    try {
      return await this.ledger.values.list(connection, side, kind);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { problem: `${error.title}: ${error.message}` };
    }
  }
}
