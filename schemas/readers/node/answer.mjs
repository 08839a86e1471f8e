// Does what the runner asks for (see ../job.ts) and prints the answer as JSON.
import { readFileSync } from 'node:fs';

async function attempt(action) {
  try {
    return { value: await action() };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

export async function answer({ openSchema, read }) {
  const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const opened = {};
  for (const schema of job.schemas)
    opened[schema.name] = await attempt(async () => {
      await openSchema(schema);
      return null;
    });
  const writer = job.schemas.find((schema) => schema.name === job.writer);
  const result = {
    opened,
    read: await attempt(() => read(readFileSync(job.record), writer)),
    erased: await attempt(() => read(null, writer)),
  };
  process.stdout.write(JSON.stringify(result));
}
