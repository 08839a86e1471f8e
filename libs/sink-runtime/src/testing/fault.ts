/** How the target treats the next request of a kind. */
export type Fault =
  | 'cut-before'
  | 'cut-after'
  | 'late'
  | 'down'
  | 'timeout'
  | 'throttled'
  | 'unauthorized'
  | 'conflict'
  | 'unexpected'
  | 'rejected'
  | 'bug';
