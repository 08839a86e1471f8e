/** How many bytes of unfinished bodies a process holds at once. */
export interface ByteBudget {
  /** @param giveUp told when another body needs the room more: this one has been arriving for too long */
  open(giveUp: () => void): BodyRoom;
}

/** The room of one body. */
export interface BodyRoom {
  /** False when the room does not suffice; nothing is taken then. */
  reserve(bytes: number): boolean;
  /** Gives all of it back. */
  release(): void;
}

/** A vendor's body is here within this; one that is not must not keep others out, whoever sends it. */
const SLOW_MS = 2_000;

export function createByteBudget(limit: number, nowMs: () => number = () => performance.now()): ByteBudget {
  let used = 0;
  /** In the order in which they began. */
  const rooms = new Set<{ bytes: number; readonly sinceMs: number; readonly giveUp: () => void }>();

  function free(room: { bytes: number }): void {
    used -= room.bytes;
    room.bytes = 0;
  }

  function makeRoom(bytes: number): boolean {
    for (const room of rooms) {
      if (used + bytes <= limit || nowMs() - room.sinceMs < SLOW_MS) break;
      rooms.delete(room);
      free(room);
      room.giveUp();
    }
    return used + bytes <= limit;
  }

  return {
    open(giveUp) {
      const room = { bytes: 0, sinceMs: nowMs(), giveUp };
      rooms.add(room);
      return {
        reserve(bytes) {
          if (!makeRoom(bytes) || !rooms.has(room)) return false;
          used += bytes;
          room.bytes += bytes;
          return true;
        },
        release() {
          rooms.delete(room);
          free(room);
        },
      };
    },
  };
}
