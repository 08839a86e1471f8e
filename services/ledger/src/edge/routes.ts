import type { Express } from 'express';

/** What express stores of a route; its types describe the router only in general. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** The methods by which a path can be called, as `Allow` names them; empty for an unknown path. */
export function methodsAt(app: Express, path: string): readonly string[] {
  const { stack } = app.router as unknown as { readonly stack: readonly Layer[] };
  const found = new Set<string>();
  for (const layer of stack) {
    if (layer.route === undefined || !layer.match(path)) continue;
    for (const method of Object.keys(layer.route.methods)) found.add(method.toUpperCase());
  }
  if (found.has('GET')) found.add('HEAD');
  return [...found].sort();
}
