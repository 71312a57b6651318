// Messages between a page and the engine's worker, as bytes: the few that tests and measurements send
// and look at. Field follows field, as `crates/protocol/src/wire.rs` says; numbers begin with their lowest
// byte, a text with its length, a choice with its place in the list.
//
// Runs within a page: `page.addInitScript({ path })`, or `page.addScriptTag({ path })`.

globalThis.wire = (() => {
  /** Places in the lists of `crates/protocol`. */
  const COMMANDS = { load: 0, tick: 1, seek: 3 };
  const JOBS = { "read-wal": 0, experiment: 1 };
  const SOURCES = { shipped: 0, text: 1 };
  const EXPERIMENTS = { "insert-test": 1 };
  const ROWS = { inserts: 1 };

  const text = (value) => new TextEncoder().encode(value);
  const number = (bytes) => (value) => {
    const into = new DataView(new ArrayBuffer(8));
    into.setBigUint64(0, BigInt(value), true);
    return new Uint8Array(into.buffer, 0, bytes);
  };
  const [u8, u16, u32, u64] = [1, 2, 4, 8].map(number);
  const join = (...parts) => {
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  };
  const sized = (bytes) => join(u64(bytes.length), bytes);
  const source = (kind, value) => join(u16(SOURCES[kind]), sized(text(value)));

  /** Reads what is in bytes, from the beginning on. */
  class Reader {
    constructor(bytes) {
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.at = 0;
    }

    number(bytes) {
      let value = 0;
      for (let place = bytes - 1; place >= 0; place -= 1) {
        value = value * 256 + this.view.getUint8(this.at + place);
      }
      this.at += bytes;
      return value;
    }

    skipText() {
      const length = this.number(8);
      this.at += length;
    }
  }

  const command = (kind, request, ...parts) => join(u16(COMMANDS[kind]), u32(request), ...parts);
  const job = (kind, ...parts) => join(u16(JOBS[kind]), u32(1), ...parts);
  // What every event begins with: its kind and the request that it answers.
  const event = (bytes) => {
    const reader = new Reader(bytes);
    reader.at = 6;
    return reader;
  };

  return {
    /** A run that the project ships, at its beginning. */
    load: (request, name) =>
      command("load", request, source("shipped", name), u64(0), u8(0), u64(0), u16(0), u64(0)),
    tick: (request, ns) => command("tick", request, u64(ns)),
    toTheBeginning: (request) => command("seek", request, u16(0), u64(0)),

    readWal: () => job("read-wal"),
    insertTest: ({ minutes, boxcar_us, max_wal_bytes }) =>
      job("experiment", u16(EXPERIMENTS["insert-test"]), u32(minutes), u32(boxcar_us), u64(max_wal_bytes)),

    /** The same command with another scenario, if it loads one that is shipped. */
    withScenario(bytes, scenario) {
      const reader = new Reader(bytes);
      if (reader.number(2) !== COMMANDS.load) return bytes;
      reader.at += 4;
      const from = reader.at;
      if (reader.number(2) !== SOURCES.shipped) return bytes;
      reader.skipText();
      return join(bytes.subarray(0, from), source("text", scenario), bytes.subarray(reader.at));
    },

    /** Where a row of inserts begins, in nanoseconds; nothing for another row. */
    insertsFrom(bytes) {
      const row = event(bytes);
      return row.number(2) === ROWS.inserts ? row.number(8) : undefined;
    },
    frame(bytes) {
      const reader = event(bytes);
      const [, at, run] = [reader.number(8), reader.number(8), reader.number(2)];
      return { event: at, ended: run === 1 };
    },

    /** The same frame, in which the invariant of this place was violated. */
    withViolation(bytes, place, { event: at, seen }) {
      const reader = event(bytes);
      reader.at += 8 + 8 + 2;
      reader.number(8);
      const skip = () => {
        reader.skipText();
        reader.at += 8;
        const to = reader.at;
        reader.at += 8;
        if (reader.number(1)) {
          reader.at += 8;
          reader.skipText();
        }
        return to;
      };
      for (let n = 0; n < place; n += 1) skip();
      const from = skip();
      const broken = join(u64(1), u8(1), u64(at), sized(text(seen)));
      return join(bytes.subarray(0, from), broken, bytes.subarray(reader.at));
    },
  };
})();
