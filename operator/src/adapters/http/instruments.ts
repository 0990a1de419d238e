import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface Instrument {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** A value, with the labels of its series. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Makes instruments of one page. */
export class Instruments {
  readonly #registers: Registry[];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  gauge(instrument: Instrument): Gauge {
    return new Gauge({ ...instrument, registers: this.#registers });
  }

  counter(instrument: Instrument): Counter {
    return new Counter({ ...instrument, registers: this.#registers });
  }

  /** `buckets`: upper bounds, in the unit of the name. */
  histogram(instrument: Instrument, buckets: readonly number[]): Histogram {
    return new Histogram({ ...instrument, buckets: [...buckets], registers: this.#registers });
  }

  /** A gauge whose series are read when the page is asked for. */
  readGauge(instrument: Instrument, read: () => readonly Sample[]): void {
    const collect = function (this: Gauge): void {
      this.reset();
      // A gauge without labels would be reset to nought, which says something; without a source it says nothing.
      this.remove({});
      for (const { labels = {}, value } of read()) this.set(labels, value);
    };
    new Gauge({ ...instrument, registers: this.#registers, collect });
  }

  /** A counter that somebody else keeps. */
  readCounter(instrument: Instrument, read: () => readonly Sample[]): void {
    const collect = function (this: Counter): void {
      this.reset();
      for (const { labels = {}, value } of read()) this.inc(labels, value);
    };
    new Counter({ ...instrument, registers: this.#registers, collect });
  }
}
