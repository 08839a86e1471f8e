/** How many bytes of unfinished bodies a process holds at once. */
export interface ByteBudget {
  /** False when the room does not suffice; nothing is taken then. */
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

export function createByteBudget(limit: number): ByteBudget {
  let used = 0;
  return {
    reserve(bytes) {
      if (used + bytes > limit) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      used -= bytes;
    },
  };
}
