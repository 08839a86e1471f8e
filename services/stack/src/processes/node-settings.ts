/** What Node runs each of our services with, here as in the image (deploy/Dockerfile). Measured in services/proof/PERFORMANCE-LOG.md. */
export const NODE_FLAGS: readonly string[] = [
  '--enable-source-maps',
  // A small nursery: the default one stays at its full 50 MB after the start for ever, which is a quarter of an idle service.
  '--max-semi-space-size=4',
  // By itself V8 lets a heap of this size grow up to fourfold before it collects: most of what a busy service held was garbage.
  '--heap-growing-percent=60',
];

/**
 * For glibc. What V8 takes to compile a start comes in pieces of 32 kB and lies between what stays, so the process keeps all of it; and the
 * thresholds rise with the first large buffer that is freed. Set, both go back to the system. Other C libraries do not read these.
 */
export const NODE_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: '32768',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
