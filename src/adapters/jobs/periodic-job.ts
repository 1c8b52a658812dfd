/** Work that is to be done again and again in this process. */
export interface PeriodicJob {
  /** For logs and metrics. */
  readonly name: string;
  /** Most milliseconds from the end of one run to the start of the next. */
  readonly everyMs: number;
  /**
   * One run. It ends soon after the signal. A Date as its result says when the next run is wanted, sooner than
   * `everyMs`; a rejection is logged, counted and followed by a back-off.
   */
  run(signal: AbortSignal): Promise<unknown>;
  /** Called when the job is woken in the middle of a run, which is then followed by another at once. */
  wake?(): void;
}
